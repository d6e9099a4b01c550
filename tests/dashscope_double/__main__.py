"""`python -m dashscope_double` serves until it is killed; the first line it prints is its two ports."""

from dashscope_double.server import Double

double = Double()
print(double.port, double.control.server_address[1], flush=True)
double.serve()
