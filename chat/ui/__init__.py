"""What the pages draw with; with `pages/` the only place that knows Streamlit."""
