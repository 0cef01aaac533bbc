"""Early warnings: what the register says somebody should look at."""
