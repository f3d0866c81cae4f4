"""Parley as people host it: behind the proxies of the README, and where only pages get through."""
