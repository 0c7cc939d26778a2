"""The exact kernel: predicates to atoms, atoms to cubes, cubes to proofs and witnesses. It knows neither IAM nor networks."""
