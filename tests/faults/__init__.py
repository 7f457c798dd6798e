"""Faults, tried on purpose: in small by the tests here, at length by `make faults`."""
