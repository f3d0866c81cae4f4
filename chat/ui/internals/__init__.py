"""All that leans on the inside of Streamlit 1.67 and of streamlit-authenticator.

Each module has a test that fails when an upgrade breaks it, and where it makes good for something,
one that fails when that is not needed any more.
"""
