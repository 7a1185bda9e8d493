"""Inspecting a site: what is looked for, by which rule, and the result. Pure: what is read and where stands in channels."""
