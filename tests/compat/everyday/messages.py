"""pyzmq: extension modules with a library of their own, which needs another one of theirs."""

import threading

import zmq

context = zmq.Context()
answering = context.socket(zmq.REP)
port = answering.bind_to_random_port("tcp://127.0.0.1")
threading.Thread(target=lambda: answering.send_json({"got": answering.recv_json()}), daemon=True).start()
asking = context.socket(zmq.REQ)
asking.connect(f"tcp://127.0.0.1:{port}")
asking.send_json([1, 2])
assert asking.recv_json() == {"got": [1, 2]}
assert zmq.has("curve")  # libsodium
context.destroy(0)
print("OK")
