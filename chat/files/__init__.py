"""What people attach: what it is, where it is kept, what is read in it."""
