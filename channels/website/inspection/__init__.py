"""Inspecting a site that the website channel wrote: its files, its items, its lists, its links outside."""
