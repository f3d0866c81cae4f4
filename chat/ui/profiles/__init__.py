"""The panel of analysed accounts."""
