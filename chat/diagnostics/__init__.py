"""What runs here and how it is, for whoever looks after Parley; nothing of what people wrote."""
