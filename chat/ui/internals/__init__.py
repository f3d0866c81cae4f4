"""All that leans on Streamlit's inside."""
