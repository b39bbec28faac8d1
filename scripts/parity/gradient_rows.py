"""As in gradient_ops, ops on rows of numbers: activations, functions of one number or of two,
segments, complex numbers, control flow."""

from functools import partial

from gradient_ops import MATRIX, positive, raw

from frameworks import tf


def inside(x):
    """Between -1 and 1."""
    return 0.6 * x


def by_halves(op, x):
    """Each half of a row as a segment."""
    return tf.ensure_shape(tf.transpose(op(tf.transpose(x), [0, 0, 1, 1])), [2, 2])


ROWS = {
    "leaky_relu": lambda x: raw.LeakyRelu(features=x, alpha=0.3),
    "leaky_relu_default": lambda x: raw.LeakyRelu(features=x),
    "elu": tf.nn.elu,
    "selu": tf.nn.selu,
    "relu6": lambda x: tf.nn.relu6(8 * x),
    "softplus": tf.nn.softplus,
    "softsign": tf.nn.softsign,
    "silu": lambda x: tf.nn.silu(x, 1.5),
    "gelu": tf.nn.gelu,
    "gelu_approximate": lambda x: tf.nn.gelu(x, approximate=True),
    "crelu": tf.nn.crelu,
    "log_sigmoid": tf.math.log_sigmoid,
    "erf": tf.math.erf,
    "erfc": tf.math.erfc,
    "erfinv": lambda x: tf.math.erfinv(inside(x)),
    "ndtri": lambda x: tf.math.ndtri(0.5 + 0.4 * inside(x)),
    "exp": tf.exp,
    "expm1": tf.math.expm1,
    "log": lambda x: tf.math.log(positive(x)),
    "log1p": lambda x: tf.math.log1p(positive(x)),
    "sqrt": lambda x: tf.sqrt(positive(x)),
    "rsqrt": lambda x: tf.math.rsqrt(positive(x)),
    "reciprocal": lambda x: tf.math.reciprocal(positive(x)),
    "inv": lambda x: raw.Inv(x=positive(x)),
    "trigonometric": lambda x: tf.concat([tf.sin(x), tf.cos(x), tf.tan(x)], -1),
    "arcs": lambda x: tf.concat([tf.asin(inside(x)), tf.acos(inside(x)), tf.atan(x)], -1),
    "hyperbolic": lambda x: tf.concat([tf.sinh(x), tf.cosh(x), tf.tanh(x)], -1),
    "areas": lambda x: tf.concat([tf.asinh(x), tf.acosh(1 + positive(x)), tf.atanh(inside(x))], -1),
    "atan2": lambda x: tf.math.atan2(x, x[:, ::-1] + 2),
    "lgamma": lambda x: tf.math.lgamma(positive(x)),
    "digamma": lambda x: tf.math.digamma(positive(x)),
    "polygamma": lambda x: tf.math.polygamma(2.0, positive(x)),
    "zeta": lambda x: tf.math.zeta(2.5, positive(x)),
    "igamma": lambda x: tf.math.igamma(0.7, positive(x)),
    "igammac": lambda x: tf.math.igammac(0.7, positive(x)),
    "betainc": lambda x: tf.math.betainc(0.7, 1.3, 0.5 + 0.4 * inside(x)),
    "bessel_i0e": lambda x: tf.math.bessel_i0e(x),
    "bessel_i1e": lambda x: tf.math.bessel_i1e(x),
    "bessel_i0": tf.math.special.bessel_i0,
    "bessel_i1": tf.math.special.bessel_i1,
    "dawsn": tf.math.special.dawsn,
    "expint": lambda x: tf.math.special.expint(positive(x)),
    "fresnel": lambda x: tf.math.special.fresnel_cos(x),
    "spence": lambda x: tf.math.special.spence(positive(x)),
    "pow_of_variable": lambda x: tf.pow(positive(x), 2.5),
    "pow_of_constant": lambda x: tf.pow(tf.constant([0.5, 1.0, 2.0, 0.0]), positive(x)),
    "pow_of_both": lambda x: tf.pow(positive(x), x),
    "pow_of_negative": lambda x: tf.pow(x, 3.0),
    "xlogy": lambda x: tf.math.xlogy(x, positive(x)),
    "xlog1py": lambda x: tf.math.xlog1py(x, positive(x)),
    "xdivy": lambda x: tf.math.xdivy(x, positive(x)),
    "xlogy_of_zeros": lambda x: tf.math.xlogy(tf.nn.relu(x), x[:, :1] * x[:, :1]),
    "xlog1py_of_zeros": lambda x: tf.math.xlog1py(tf.nn.relu(x), positive(x[:, :1])),
    "xdivy_of_zeros": lambda x: tf.math.xdivy(tf.nn.relu(x), tf.nn.relu(x) ** 3),
    "divide_no_nan": lambda x: tf.math.divide_no_nan(x, tf.constant([1.0, 0.0, 2.0, 3.0])),
    "divide_no_nan_by": lambda x: tf.math.divide_no_nan(1.0, positive(x)),
    "multiply_no_nan_by": lambda x: tf.math.multiply_no_nan(x[:, :1], tf.nn.relu(x)),
    "multiply_no_nan": lambda x: tf.math.multiply_no_nan(x, tf.constant([1.0, 0.0, 2.0, 3.0])),
    "div": lambda x: raw.Div(x=x, y=positive(x)),
    "floormod": lambda x: tf.math.floormod(3 * x, 0.7),
    "floormod_by": lambda x: tf.math.floormod(3.0, positive(x)),
    "squared_difference": lambda x: tf.math.squared_difference(x[:, None], x[:, :, None]),
    "maximum_tied": lambda x: tf.maximum(x, x) * x,
    "minimum_tied": lambda x: tf.minimum(x, tf.identity(x)) * x,
    "maximum_broadcast": lambda x: tf.maximum(x, x[:, 1:2]),
    "minimum_broadcast": lambda x: tf.minimum(x[:, :1], x),
    "clip": lambda x: tf.clip_by_value(x, -0.5, 0.25),
    "clip_op": lambda x: raw.ClipByValue(t=x, clip_value_min=-0.5, clip_value_max=0.25),
    "clip_by_norm": lambda x: tf.clip_by_norm(x, 0.5, [-1]),
    "abs": tf.abs,
    "sign": lambda x: tf.sign(x) * x,
    "relu_of_zeros": lambda x: tf.nn.relu(tf.concat([x, 0 * x], -1)) + x[:, :1],
    "abs_of_zeros": lambda x: tf.abs(tf.concat([x, 0 * x], -1)),
    "softmax": tf.nn.softmax,
    "log_softmax": tf.nn.log_softmax,
    "softmax_cross_entropy": lambda x: tf.nn.softmax_cross_entropy_with_logits(
        tf.nn.softmax(x[:, ::-1]), x
    )[:, None],
    "softmax_cross_entropy_op": lambda x: raw.SoftmaxCrossEntropyWithLogits(
        features=x, labels=tf.fill([2, 4], 0.25)
    )[0][:, None],
    "sparse_softmax_cross_entropy": lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits(
        tf.constant([1, 3]), x
    )[:, None],
    "sigmoid_cross_entropy": lambda x: tf.nn.sigmoid_cross_entropy_with_logits(x[:, ::-1], x),
    "l2_loss": lambda x: tf.nn.l2_loss(x) * x,
    "l2_normalize": lambda x: tf.nn.l2_normalize(x, -1),
    "norm": lambda x: tf.norm(x, axis=-1, keepdims=True) * x,
    "norm_one": lambda x: tf.norm(x, 1, axis=-1, keepdims=True) * x,
    "euclidean_norm": lambda x: tf.math.reduce_euclidean_norm(x, -1, keepdims=True) * x,
    "logsumexp": lambda x: tf.reduce_logsumexp(x, -1, keepdims=True) * x,
    "std": lambda x: tf.math.reduce_std(x, -1, keepdims=True) * x,
    "cumulative_logsumexp": lambda x: tf.math.cumulative_logsumexp(x, -1),
    "cross": lambda x: tf.linalg.cross(x[:, :3], x[:, 1:]),
    "top_k": lambda x: tf.math.top_k(x, 2)[0],
    "top_k_unsorted": lambda x: tf.math.top_k(x, 3, sorted=False)[0],
    "sort_descending": lambda x: tf.sort(x, direction="DESCENDING"),
    "nth_element": lambda x: raw.NthElement(input=x, n=1)[:, None],
    "matmul": lambda x: tf.matmul(x, MATRIX),
    "matmul_transposed": lambda x: tf.matmul(x, MATRIX, transpose_b=True),
    "matmul_of_transposed": lambda x: tf.matmul(x, x[:, ::-1], transpose_a=True),
    "matmul_both_transposed": lambda x: tf.matmul(MATRIX, x, True, True),
    "bias_add": lambda x: tf.nn.bias_add(x, tf.reduce_sum(x, 0)),
    "segment_sum": partial(by_halves, tf.math.segment_sum),
    "segment_mean": partial(by_halves, tf.math.segment_mean),
    "segment_max": partial(by_halves, tf.math.segment_max),
    "segment_prod": partial(by_halves, tf.math.segment_prod),
    "unsorted_segment_sum": lambda x: tf.transpose(
        tf.math.unsorted_segment_sum(tf.transpose(x), [1, 0, 1, -1], 2)
    ),
    "unsorted_segment_max": lambda x: tf.transpose(
        tf.math.unsorted_segment_max(tf.transpose(x), [1, 0, 1, 0], 2)
    ),
    "unsorted_segment_min": lambda x: tf.transpose(
        tf.math.unsorted_segment_min(tf.transpose(x), [1, 0, 1, 0], 2)
    ),
    "unsorted_segment_prod": lambda x: tf.transpose(
        tf.math.unsorted_segment_prod(tf.transpose(x), [1, 0, 1, 0], 2)
    ),
    "unsorted_segment_mean": lambda x: tf.transpose(
        tf.math.unsorted_segment_mean(tf.transpose(x), [1, 0, 1, 0], 2)
    ),
    "dynamic_partition": lambda x: (
        tf.concat(tf.dynamic_partition(tf.transpose(x), [1, 0, 1, 0], 2)[::-1], 0)
        * [[1.0], [2.0], [3.0], [4.0]]
    ),
    "dynamic_stitch": lambda x: tf.dynamic_stitch(
        [[0, 2], [1, 3]], [tf.transpose(x)[:2], tf.transpose(x)[2:]]
    ),
    "scatter_nd": lambda x: tf.transpose(
        tf.scatter_nd([[3], [1], [1], [0]], tf.transpose(x), [5, 2])
    ),
    "tensor_scatter_add": lambda x: tf.tensor_scatter_nd_add(
        tf.transpose(x), [[1], [1]], tf.transpose(x)[2:]
    ),
    "tensor_scatter_sub": lambda x: tf.tensor_scatter_nd_sub(
        tf.transpose(x), [[1], [1]], tf.transpose(x)[2:]
    ),
    "tensor_scatter_update": lambda x: tf.tensor_scatter_nd_update(
        tf.transpose(x), [[1], [0]], tf.transpose(x)[2:]
    ),
    "tensor_scatter_max": lambda x: tf.tensor_scatter_nd_max(
        tf.transpose(x), [[1], [0]], tf.transpose(x)[2:]
    ),
    "complex": lambda x: tf.math.real(tf.complex(x, x[:, ::-1]) * tf.complex(x, 2 * x)),
    "complex_imaginary": lambda x: tf.math.imag(tf.math.conj(tf.complex(x, x[:, ::-1]))) * x,
    "complex_abs": lambda x: tf.abs(tf.complex(x, x[:, ::-1])),
    "complex_angle": lambda x: tf.math.angle(tf.complex(x, x[:, ::-1])),
    "double": lambda x: tf.cast(tf.sqrt(tf.cast(positive(x), tf.float64)), tf.float32),
    "check_numerics": lambda x: tf.debugging.check_numerics(x, "odd") * x,
    "prevented": lambda x: tf.stop_gradient(x) * x,
    "fake_quant": lambda x: tf.quantization.fake_quant_with_min_max_args(x, -0.5, 0.5),
    "fake_quant_vars": lambda x: tf.quantization.fake_quant_with_min_max_vars(x, -0.5, 0.5),
    "fake_quant_narrow": lambda x: tf.quantization.fake_quant_with_min_max_vars(
        x, -0.3, 0.7, num_bits=3, narrow_range=True
    ),
    "fake_quant_away_from_zero": lambda x: tf.quantization.fake_quant_with_min_max_args(
        x, 0.1, 0.6, num_bits=4
    ),
    "fake_quant_channels": lambda x: tf.quantization.fake_quant_with_min_max_vars_per_channel(
        x, [-0.5, -0.2, -1.0, -0.1], [0.5, 0.6, 0.1, 0.9]
    ),
    "fake_quant_range": lambda x: (
        tf.quantization.fake_quant_with_min_max_vars(x, tf.reduce_min(0.5 * x), tf.reduce_max(x)) * x
    ),
    "quantize_and_dequantize_v3": lambda x: raw.QuantizeAndDequantizeV3(
        input=x, input_min=-0.5, input_max=0.5, num_bits=8
    ),
    "quantize_and_dequantize_open": lambda x: tf.quantization.quantize_and_dequantize_v2(
        x, -0.5, 0.5
    ),
    "quantize_and_dequantize": lambda x: tf.quantization.quantize_and_dequantize_v2(
        x, -0.5, 0.5, range_given=True
    ),
    "broadcast_to": lambda x: tf.broadcast_to(x[:, None], [2, 3, 4]),
    "diag": lambda x: tf.linalg.diag(x),
    "diag_shifted": lambda x: tf.linalg.diag(x, k=1),
    "case": lambda x: tf.switch_case(tf.constant(1), [lambda: x, lambda: tf.exp(x)]),
    "cond": lambda x: tf.cond(tf.shape(x)[-1] > 3, lambda: tf.exp(x), lambda: x),
    "while": lambda x: tf.while_loop(lambda i, _: i < 3, lambda i, y: (i + 1, y * x), (0, x))[1],
    "scan": lambda x: tf.transpose(tf.scan(lambda a, b: a * b, tf.transpose(x))),
    "map_fn": lambda x: tf.transpose(tf.map_fn(lambda a: a * a, tf.transpose(x))),
    "foldl": lambda x: tf.foldl(lambda a, b: a * b + b, tf.transpose(x))[:, None],
}
