"""The reference portal: pages for people, made of nothing but what the read layer gives to anybody else."""
