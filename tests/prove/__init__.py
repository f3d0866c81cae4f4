"""What a figure cannot say: that of many messages none is lost, doubled, or in another chat."""
