OURS = "zipfile"
