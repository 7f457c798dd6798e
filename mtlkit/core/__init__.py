"""The mould every lesson is poured into: configs, streams, the loop, results, studies, claims."""
