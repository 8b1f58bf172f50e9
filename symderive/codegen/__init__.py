"""What does it compute? From terms to kernels, and from kernels to code of a target."""
