OURS = "code"
