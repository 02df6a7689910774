"""Everything on one machine, supervised: worker, beat, Flower, web. `make stack` and `make stack-stop` run it."""
