"""The web server of page and API: who may come in, headers, sockets, start and end."""
