"""Small components where Streamlit has nothing."""
