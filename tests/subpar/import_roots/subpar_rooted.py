NAME = "rooted"
