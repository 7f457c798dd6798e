"""What the report refers to: works (BibTeX files) and terms (a TOML file), and their readers."""
