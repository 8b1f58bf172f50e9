"""The text that generated torch optimizers share; ``<<names>>`` are filled in for each rule."""

from __future__ import annotations

__all__ = ["AVERAGE", "CLIP", "DRIVER", "OPTIMIZER", "STEP_ALWAYS", "STEP_MOVED"]

#: What every file has.
DRIVER = '''
def _served(tensor):
    """The kernels for a tensor's type, and the type that they work in."""
    if tensor.dtype not in _SERVED:
        raise TypeError(f"parameters must be float16, bfloat16, float32 or float64, not {tensor.dtype}")
    return _SERVED[tensor.dtype]


def _flat(tensor, working):
    """The entries one after the other, in the working type."""
    return tensor.reshape(-1).to(working)


def _gradient(parameter):
    """A parameter's gradient, dense."""
    gradient = parameter.grad
    if gradient.layout != torch.strided:
        raise RuntimeError("sparse gradients are refused: the rule moves entries of gradient 0, too")
    return gradient


def _numbers(values, working, device):
    """Hyper-parameters as tensors of the working type."""
    return {n: torch.as_tensor(v, dtype=working, device=device).reshape(1) for n, v in values.items()}


def _checked(values):
    """Hyper-parameters within their limits, or an error."""
    for name, (below, least) in _LIMITS.items():
        value = float(values[name])
        if not value >= 0 or (least and value > 1) or (below and value >= 1):
            limit = "in [0, 1)" if below else "in [0, 1]" if least else "0 or greater"
            raise ValueError(f"{name} must be {limit}, not {value}")


def _written(old, new):
    """Results into the tensors that they replace; a result that is one of these itself is read first."""
    new = [value.clone() if any(value.data_ptr() == o.data_ptr() for o in old) else value for value in new]
    for target, value in zip(old, new):
        target.copy_(value.expand(target.numel()).reshape(target.shape))


def _started(kernels, working, parameter, values):
    """The states of a parameter before the first step, in the parameter's type."""
    if "start" not in kernels:
        return {}
    numbers = _numbers(values, working, parameter.device)
    theta, one = _flat(parameter, working), torch.ones((), dtype=working, device=parameter.device)
    state = {name: torch.empty_like(parameter, requires_grad=False) for name in _STATES}
    _written(list(state.values()), [value.clone() for value in <<start>>])
    return state
'''

OPTIMIZER = '''
class <<class>>(torch.optim.Optimizer):
    r"""<<docstring>>
    """

    def __init__(self, params, <<signature>>):
        super().__init__(params, {<<defaults>>})

    def add_param_group(self, param_group):
        """Add parameters with hyper-parameters of their own; ValueError where these are out of range."""
        _checked({**self.defaults, **param_group})
        super().add_param_group(param_group)
<<step>>
    def _state_of(self, parameter, group):
        """The state of a parameter, made at its first step."""
        state = self.state[parameter]
        if not state:
            state["step"] = 0
            state.update(_started(*_served(parameter), parameter, {<<numbers>>}))
        return state

    def _moved(self, parameter, group):
        """One step of one parameter."""
        gradient = _gradient(parameter)
        kernels, working = _served(parameter)
        state = self._state_of(parameter, group)
        state["step"] += 1
        numbers = _numbers({<<numbers>>}, working, parameter.device)
        n = torch.full((1,), state["step"], dtype=working, device=parameter.device)
        theta, g = _flat(parameter, working), _flat(gradient, working)
        one = torch.ones((), dtype=working, device=parameter.device)
        values = kernels["step"](<<arguments>>, rows=1, one=one)
        _written((parameter, <<kept>>), values)
'''

#: A step whose gradients are there, or come from a closure.
STEP_ALWAYS = '''
    @torch.no_grad()
    def step(self, closure=None):
        """One step by the gradients of the parameters that have one.

        `closure`, where given, computes them first and returns the loss, which is returned.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._moved(parameter, group)
        return loss
'''

#: A step whose gradient is taken at another point than the parameters.
STEP_MOVED = '''
    @torch.no_grad()
    def step(self, closure=None):
        """One step by the gradients that `closure` computes at <<point>>; it returns the loss there."""
        if closure is None:
            raise RuntimeError(
                "the gradient is taken at <<point>>, not at the parameters: give step(closure), which moves "
                "there, calls it, and comes back<<advice>>"
            )
        kept = []
        for group in self.param_groups:
            for parameter in group["params"]:
                kernels, working = _served(parameter)
                state = self._state_of(parameter, group)
                numbers = _numbers({<<numbers>>}, working, parameter.device)
                one = torch.ones((), dtype=working, device=parameter.device)
                theta = _flat(parameter, working)
                kept.append((parameter, parameter.clone()))
                _written((parameter,), kernels["point"](<<point_arguments>>, rows=1, one=one))
        try:
            with torch.enable_grad():
                loss = closure()
        finally:
            for parameter, before in kept:
                parameter.copy_(before)
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._moved(parameter, group)
        return loss
'''

#: A change of gradients in place.
CLIP = '''
@torch.no_grad()
def clip_(parameters, <<signature>>):
    r"""<<docstring>>
    """
    _checked({<<defaults>>})
    parameters = [parameters] if isinstance(parameters, torch.Tensor) else list(parameters)
    gradients = [_gradient(parameter) for parameter in parameters if parameter.grad is not None]
    for together in <<groups>>:
        kernels, working = _served(max(together, key=lambda g: torch.finfo(g.dtype).bits))
        device = together[0].device
        numbers = _numbers({<<numbers>>}, working, device)
        g = torch.cat([_flat(gradient, working).to(device) for gradient in together])<<row>>
        one = torch.ones((), dtype=working, device=device)
        (clipped,) = kernels["step"](<<arguments>>, rows=1, one=one)
        parts = clipped.reshape(-1).split([gradient.numel() for gradient in together])
        for gradient, part in zip(together, parts):
            gradient.copy_(part.reshape(gradient.shape))
'''

#: An average of weights.
AVERAGE = '''
class Average:
    r"""<<docstring>>
    """

    @torch.no_grad()
    def __init__(self, parameters, <<signature>>):
        self.numbers = {<<defaults>>}
        _checked(self.numbers)
        self.count = 0
        self.averages = [parameter.detach().clone() for parameter in parameters]
        self.states = [self._start(average) for average in self.averages]

    def _start(self, average):
        group = self.numbers
        return _started(*_served(average), average, {<<numbers>>})

    @torch.no_grad()
    def update(self, parameters):
        """Take the weights into the average; they must come in the same order."""
        parameters = list(parameters)
        if [p.shape for p in parameters] != [a.shape for a in self.averages]:
            raise ValueError("the weights are not those that the average was made of")
        self.count += 1
        for average, parameter, state in zip(self.averages, parameters, self.states):
            kernels, working = _served(average)
            group = self.numbers
            numbers = _numbers({<<numbers>>}, working, average.device)
            n = torch.full((1,), self.count, dtype=working, device=average.device)
            one = torch.ones((), dtype=working, device=average.device)
            theta, g = _flat(average, working), _flat(parameter.detach(), working)
            values = kernels["step"](<<arguments>>, rows=1, one=one)
            _written((average, <<kept>>), values)

    @torch.no_grad()
    def copy_to(self, parameters):
        """Set weights to the average."""
        for average, parameter in zip(self.averages, parameters, strict=True):
            parameter.copy_(average)

    def state_dict(self):
        """The average as tensors and numbers."""
        return {
            "count": self.count,
            "numbers": dict(self.numbers),
            "averages": [average.clone() for average in self.averages],
            "states": [{name: value.clone() for name, value in state.items()} for state in self.states],
        }

    @torch.no_grad()
    def load_state_dict(self, state_dict):
        """Go on from what `state_dict` returned."""
        self.count = state_dict["count"]
        self.numbers = dict(state_dict["numbers"])
        for average, value in zip(self.averages, state_dict["averages"], strict=True):
            average.copy_(value)
        for state, values in zip(self.states, state_dict["states"], strict=True):
            for name, value in values.items():
                state[name].copy_(value)
'''
