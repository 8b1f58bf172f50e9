"""Documents about optimizers in many notations and letters, with the rules that their updates are."""

from __future__ import annotations

#: title -> (document, the rules of its updates in order)
RECOGNISED: dict[str, tuple[str, tuple[str, ...]]] = {
    "Adam, each correction a display": (
        r"""
$$g_t = \nabla_\theta f(\theta_{t-1})$$
$$m_t = \beta_1 m_{t-1} + (1-\beta_1) g_t$$
$$v_t = \beta_2 v_{t-1} + (1-\beta_2) g_t^2$$
$$\hat m_t = \frac{m_t}{1-\beta_1^t}$$
$$\hat v_t = \frac{v_t}{1-\beta_2^t}$$
$$\theta_t = \theta_{t-1} - \alpha \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}$$
""",
        ("adam/epsilon-outside",),
    ),
    "Adam in one display for the parameter, averages after it, other letters": (
        r"""
$$w_t = w_{t-1} - \eta \frac{(a\, p_{t-1} + (1-a) h_t)/(1-a^t)}{\sqrt{q_t/(1-b^t)} + c}$$
$$p_t = a p_{t-1} + (1-a) h_t$$
$$q_t = q_{t-1} - (1-b)(q_{t-1} - h_t^2)$$
""",
        ("adam/epsilon-outside",),
    ),
    "Adam with numbers": (
        r"""
$$m_t = 0.9 m_{t-1} + 0.1 g_t$$
$$v_t = 0.999 v_{t-1} + 0.001 g_t^2$$
$$\theta_t = \theta_{t-1} - 10^{-3} \frac{m_t/(1-0.9^t)}{\sqrt{v_t/(1-0.999^t)} + 10^{-8}}$$
""",
        ("adam/epsilon-outside",),
    ),
    "Adam with the corrections in the rate": (
        r"""
$$m_t = \beta_1 m_{t-1} + (1-\beta_1) g_t$$
$$v_t = \beta_2 v_{t-1} + (1-\beta_2) g_t^2$$
$$\alpha_t = \alpha \frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}$$
$$\theta_t = \theta_{t-1} - \alpha_t \frac{m_t}{\sqrt{v_t} + \epsilon}$$
""",
        ("adam/epsilon-hat",),
    ),
    "Adam by self-assignment, with v_{dW} and corrected": (
        r"""
$$v_{dW} = \beta_1 v_{dW} + (1-\beta_1) dW$$
$$s_{dW} = \beta_2 s_{dW} + (1-\beta_2) dW^2$$
$$v^{\text{corrected}}_{dW} = \frac{v_{dW}}{1-\beta_1^t}$$
$$s^{\text{corrected}}_{dW} = \frac{s_{dW}}{1-\beta_2^t}$$
$$W = W - \alpha \frac{v^{\text{corrected}}_{dW}}{\sqrt{s^{\text{corrected}}_{dW}} + \varepsilon}$$
""",
        ("adam/epsilon-outside",),
    ),
    "Adam without correction, aligned": (
        r"""
$$\begin{aligned}
m_t &= \beta_1 m_{t-1} + (1-\beta_1) g_t \\
v_t &= \beta_2 v_{t-1} + (1-\beta_2) g_t^2 \\
\theta_{t+1} &= \theta_t - \frac{\eta}{\sqrt{v_t}+\epsilon} m_t
\end{aligned}$$
""",
        ("adam/uncorrected",),
    ),
    "AdamW": (
        r"""
$$m_t = \beta_1 m_{t-1} + (1-\beta_1) g_t$$
$$v_t = \beta_2 v_{t-1} + (1-\beta_2) g_t^2$$
$$\hat m_t = m_t / (1-\beta_1^t)$$
$$\hat v_t = v_t / (1-\beta_2^t)$$
$$\theta_t = \theta_{t-1} - \eta \left( \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon} + \lambda \theta_{t-1} \right)$$
""",
        ("adamw/decay-with-rate",),
    ),
    "AMSGrad as in the paper": (
        r"""
$$m_t = \beta_1 m_{t-1} + (1-\beta_1) g_t$$
$$v_t = \beta_2 v_{t-1} + (1-\beta_2) g_t^2$$
$$\hat v_t = \max(\hat v_{t-1}, v_t)$$
$$x_{t+1} = x_t - \alpha \frac{m_t}{\sqrt{\hat v_t} + \epsilon}$$
""",
        ("amsgrad/uncorrected",),
    ),
    "two optimizers in sequence, v(n) and G_k(n)": (
        r"""
$$v(n) = \gamma v(n-1) + \mu \nabla_\theta J(\theta(n))$$
$$\theta(n+1) = \theta(n) – v(n)$$

Another method.

$$G_k(n) = \gamma G_k(n-1) +(1-\gamma) (\frac{\partial J}{\partial \theta_k}(\theta(n)))^2$$
$$\theta_k(n+1) = \theta_k(n) – \mu \frac{1}{\sqrt{G_k(n)+\epsilon}}\frac{\partial J}{\partial \theta_k}$$
""",
        ("momentum/rate-inside", "rmsprop/epsilon-inside"),
    ),
    "two optimizers with the same letters": (
        r"""
# One

$$v_t = \gamma v_{t-1} + g_t$$
$$\theta_{t+1} = \theta_t - \eta v_t$$

# Two

$$v_t = \gamma v_{t-1} + (1-\gamma) g_t^2$$
$$\theta_{t+1} = \theta_t - \eta \frac{g_t}{\sqrt{v_t} + \epsilon}$$
""",
        ("momentum/rate-outside", "rmsprop/epsilon-outside"),
    ),
    "arrows": (
        r"""
$$v \leftarrow \gamma v + \eta \nabla_\theta J(\theta)$$
$$\theta \leftarrow \theta - v$$
""",
        ("momentum/rate-inside",),
    ),
    "superscripts for steps": (
        r"""
$$v^{(t)} = \gamma v^{(t-1)} + g^{(t)}$$
$$w^{(t+1)} = w^{(t)} - \eta v^{(t)}$$
""",
        ("momentum/rate-outside",),
    ),
    "counted the other way: the new velocity is v_{t+1}": (
        r"""
$$v_{t+1} = \gamma v_t + \eta g_t$$
$$\theta_{t+1} = \theta_t - v_{t+1}$$
""",
        ("momentum/rate-inside",),
    ),
    "a velocity of the other sign": (
        r"""
$$v_t = \gamma v_{t-1} - \eta g_t$$
$$\theta_t = \theta_{t-1} + v_t$$
""",
        ("momentum/rate-inside",),
    ),
    "momentum under a schedule": (
        r"""
$$v_t = \gamma v_{t-1} + \eta_t g_t$$
$$\theta_t = \theta_{t-1} - v_t$$
""",
        ("momentum/rate-inside",),
    ),
    "an average by self-assignment": (
        r"""
$$v_{dW} = \beta v_{dW} + (1-\beta) dW$$
$$W = W - \alpha v_{dW}$$
""",
        ("momentum/moving-average",),
    ),
    "heavy ball": (
        r"""
$$x_{k+1} = x_k - \alpha \nabla f(x_k) + \beta (x_k - x_{k-1})$$
""",
        ("momentum/heavy-ball",),
    ),
    "Nesterov, two sequences": (
        r"""
$$x_k = y_{k-1} - \alpha \nabla f(y_{k-1})$$
$$y_k = x_k + \beta (x_k - x_{k-1})$$
""",
        ("nesterov/two-sequences",),
    ),
    "Nesterov, two sequences that shift each other": (
        r"""
$$x_{k+1} = y_k - \alpha \nabla f(y_k)$$
$$y_{k+1} = x_{k+1} + \beta (x_{k+1} - x_k)$$
""",
        ("nesterov/two-sequences",),
    ),
    "Nesterov, two sequences by steps in brackets": (
        r"""
$$x(n+1) = y(n) - \alpha \nabla f(y(n))$$
$$y(n+1) = x(n+1) + \beta (x(n+1) - x(n))$$
""",
        ("nesterov/two-sequences",),
    ),
    "Nesterov, look-ahead": (
        r"""---
symderive:
  names:
    J: function
---
$$v_t = \gamma v_{t-1} + \eta \nabla_\theta J(\theta_{t} - \gamma v_{t-1})$$
$$\theta_{t+1} = \theta_t - v_t$$
""",
        ("nesterov/look-ahead",),
    ),
    "RMSprop, bold and elementwise": (
        r"""
$$\mathbf{s}_t = \gamma \mathbf{s}_{t-1} + (1-\gamma) \mathbf{g}_t^2$$
$$\mathbf{x}_t = \mathbf{x}_{t-1} - \frac{\eta}{\sqrt{\mathbf{s}_t + \epsilon}} \odot \mathbf{g}_t$$
""",
        ("rmsprop/epsilon-inside",),
    ),
    "Adagrad, bold with a product": (
        r"""
$$\mathbf{s}_t = \mathbf{s}_{t-1} + \mathbf{g}_t \odot \mathbf{g}_t$$
$$\mathbf{x}_t = \mathbf{x}_{t-1} - \frac{\eta}{\sqrt{\mathbf{s}_t + \epsilon}} \odot \mathbf{g}_t$$
""",
        ("adagrad/epsilon-inside",),
    ),
    "Adadelta": (
        r"""
$$E_t = \rho E_{t-1} + (1-\rho) g_t^2$$
$$d_t = \frac{\sqrt{D_{t-1} + \epsilon}}{\sqrt{E_t + \epsilon}} g_t$$
$$D_t = \rho D_{t-1} + (1-\rho) d_t^2$$
$$x_{t+1} = x_t - d_t$$
""",
        ("adadelta/paper",),
    ),
    "Lion, its momentum after the step": (
        r"""
$$c_t = \beta_1 m_{t-1} + (1-\beta_1) g_t$$
$$\theta_t = \theta_{t-1} - \eta (\mathrm{sign}(c_t) + \lambda \theta_{t-1})$$
$$m_t = \beta_2 m_{t-1} + (1-\beta_2) g_t$$
""",
        ("lion/plain",),
    ),
    "gradient descent by components": (
        r"""
$$w_i \leftarrow w_i - \eta \frac{\partial L}{\partial w_i}$$
""",
        ("gradient-descent/plain",),
    ),
    "gradient descent with L2 penalty": (
        r"""
$$\theta_{t+1} = \theta_t - \eta (g_t + \lambda \theta_t)$$
""",
        ("gradient-descent/l2",),
    ),
    "gradient descent and an average of its weights": (
        r"""
$$w_{t+1} = w_t - \eta g_t$$
$$\bar w_{t+1} = \beta \bar w_t + (1-\beta) w_{t+1}$$
""",
        ("gradient-descent/plain", "averaging/exponential"),
    ),
    "Adam by arrows with steps": (
        r"""
$$m_t \leftarrow \beta_1 m_{t-1} + (1-\beta_1) g_t$$
$$v_t \leftarrow \beta_2 v_{t-1} + (1-\beta_2) g_t^2$$
$$\hat m_t \leftarrow m_t/(1-\beta_1^t)$$
$$\hat v_t \leftarrow v_t/(1-\beta_2^t)$$
$$\theta_{t+1} \leftarrow \theta_t - \gamma \hat m_t/(\sqrt{\hat v_t} + \epsilon)$$
""",
        ("adam/epsilon-outside",),
    ),
    "Adam with an L2 penalty": (
        r"""
$$d_t = \nabla f(\theta_{t-1}) + \lambda \theta_{t-1}$$
$$m_t = \beta_1 m_{t-1} + (1-\beta_1) d_t$$
$$v_t = \beta_2 v_{t-1} + (1-\beta_2) d_t^2$$
$$\theta_t = \theta_{t-1} - \eta \frac{m_t/(1-\beta_1^t)}{\sqrt{v_t/(1-\beta_2^t)} + \epsilon}$$
""",
        ("adam/l2",),
    ),
    "AMSGrad, its averages as steps towards the gradient": (
        r"""
$$m_t = m_{t-1} + (1-\beta_1) (g_t - m_{t-1})$$
$$v_t = v_{t-1} + (1-\beta_2) (g_t^2 - v_{t-1})$$
$$u_t = \max(u_{t-1}, v_t)$$
$$\theta_t = \theta_{t-1} - \eta \frac{m_t/(1-\beta_1^t)}{\sqrt{u_t/(1-\beta_2^t)} + \epsilon}$$
""",
        ("amsgrad/raw",),
    ),
    "NAdam": (
        r"""
$$m_t = \beta_1 m_{t-1} + (1-\beta_1) g_t$$
$$v_t = \beta_2 v_{t-1} + (1-\beta_2) g_t^2$$
$$\bar m_t = \frac{\beta_1 m_t}{1-\beta_1^{t+1}} + \frac{(1-\beta_1) g_t}{1-\beta_1^t}$$
$$\theta_t = \theta_{t-1} - \eta \frac{\bar m_t}{\sqrt{v_t/(1-\beta_2^t)} + \epsilon}$$
""",
        ("nadam/constant-momentum",),
    ),
    "Nesterov as in the libraries, with the letters of the registry for other things": (
        r"""
$$b_t = \mu b_{t-1} + g_t$$
$$\theta_t = \theta_{t-1} - \gamma (g_t + \mu b_t)$$
""",
        ("nesterov/library-rate-outside",),
    ),
    "Lion, its sign of another form": (
        r"""
$$\theta_t = \theta_{t-1} - \eta (\mathrm{sign}(m_{t-1} + (1-\beta_1)(g_t - m_{t-1})) + \lambda \theta_{t-1})$$
$$m_t = m_{t-1} + (1 - \beta_2) (g_t - m_{t-1})$$
""",
        ("lion/plain",),
    ),
    "Adagrad by assignments": (
        r"""
$$s \leftarrow s + g^2$$
$$w \leftarrow w - \frac{\eta}{\sqrt{s} + \epsilon} g$$
""",
        ("adagrad/epsilon-outside",),
    ),
    "sign descent": (
        r"""
$$\theta_{t+1} = \theta_t - \eta\, \mathrm{sign}(g_t)$$
""",
        ("sign-descent/plain",),
    ),
}

#: title -> (document, the name its author would expect, what the advice says or None where there is none)
NOT_RECOGNISED: dict[str, tuple[str, str, str | None]] = {
    "the velocity is added": (
        r"""
$$v_t = \gamma v_{t-1} + \eta g_t$$
$$\theta_t = \theta_{t-1} + v_t$$
""",
        "momentum",
        "inside the velocity in one place: v where the step of the parameter has −v",
    ),
    "the gradient instead of its square": (
        r"""
$$v_t = \gamma v_{t-1} + (1-\gamma) g_t$$
$$\theta_t = \theta_{t-1} - \eta \frac{g_t}{\sqrt{v_t} + \epsilon}$$
""",
        "rmsprop",
        "in one place: g where the second moment has g²",
    ),
    "no root": (
        r"""
$$v_t = \gamma v_{t-1} + (1-\gamma) g_t^2$$
$$\theta_t = \theta_{t-1} - \eta \frac{g_t}{v_t + \epsilon}$$
""",
        "rmsprop",
        "in one place: v + ε where the step of the parameter has √(v + ε)",
    ),
    "β₁ in the second moment": (
        r"""
$$m_t = \beta_1 m_{t-1} + (1-\beta_1) g_t$$
$$v_t = \beta_1 v_{t-1} + (1-\beta_2) g_t^2$$
$$\theta_t = \theta_{t-1} - \alpha \frac{m_t/(1-\beta_1^t)}{\sqrt{v_t/(1-\beta_2^t)} + \epsilon}$$
""",
        "adam",
        "differs from Adam in one place: β₁ where the second moment has β₂",
    ),
    "the corrections exchanged": (
        r"""
$$m_t = \beta_1 m_{t-1} + (1-\beta_1) g_t$$
$$v_t = \beta_2 v_{t-1} + (1-\beta_2) g_t^2$$
$$\theta_t = \theta_{t-1} - \alpha \frac{m_t/(1-\beta_2^t)}{\sqrt{v_t/(1-\beta_1^t)} + \epsilon}$$
""",
        "adam",
        None,
    ),
    "a plus in the average": (
        r"""
$$m_t = \beta m_{t-1} + (1+\beta) g_t$$
$$\theta_t = \theta_{t-1} - \alpha m_t$$
""",
        "momentum",
        "in one place: β where the first moment has −β",
    ),
    "gradient ascent is a method of its own": (
        r"""
$$\theta_{t+1} = \theta_t + \eta g_t$$
""",
        "gradient-descent",
        None,
    ),
    "the gradient at the new point": (
        r"""
$$v_t = \gamma v_{t-1} + \eta \nabla f(x_{t-2})$$
$$x_t = x_{t-1} - v_t$$
""",
        "momentum",
        None,
    ),
    "the weights of an average that do not add up": (
        r"""
$$v_t = 0.9 v_{t-1} + 0.2 g_t^2$$
$$\theta_t = \theta_{t-1} - \eta \frac{g_t}{\sqrt{v_t} + \epsilon}$$
""",
        "rmsprop",
        "1/5 where the second moment has 1/10",
    ),
    "something new": (
        r"""
$$v_t = \gamma v_{t-1} + (1-\gamma) |g_t|^3$$
$$\theta_t = \theta_{t-1} - \eta \frac{g_t}{1 + v_t^2}$$
""",
        "rmsprop",
        None,
    ),
}
