"""What a sandbox's processes stand on: Linux, PID 1's duties, forks, and the lines between them."""
