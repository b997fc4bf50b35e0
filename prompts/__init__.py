"""Jinja2 templates: the words of answers. Data only; `server.rendering` reads them."""
