"""A cow says hello."""

import cowsay

cowsay.cow("Hello, world")
