import subpar_left

NAME = f"right of {subpar_left.NAME}"
