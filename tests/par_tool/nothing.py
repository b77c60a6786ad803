"""The program of the pars that are only audited."""
