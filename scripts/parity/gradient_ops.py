"""Ops that have a derivative, with every attribute that changes it: axes from either end, masks,
strides, kinds of padding, flags. Here those on sequences and on square matrices."""

from frameworks import tf

raw = tf.raw_ops
v1 = tf.compat.v1

KERNEL = tf.cast(tf.reshape(tf.range(144) * 5 % 11, [3, 3, 4, 4]), tf.float32) / 10 - 0.5
NARROW = KERNEL[..., :1]
MATRIX = KERNEL[0, 0]
INDICES = tf.constant([[0, 2, 2], [3, 1, 0]])


def positive(x):
    return tf.abs(x) + 0.2


STEPS = {
    "gather_last": lambda x: tf.gather(x, [3, 1, 0, 3], axis=-1),
    "gather_middle": lambda x: tf.gather(x, [3, 1, 5], axis=1),
    "gather_from_end": lambda x: tf.gather(x, [3, 1, 5], axis=-2),
    "gather_table": lambda x: tf.gather(x, INDICES, axis=1),
    "gather_batched": lambda x: tf.gather(x, INDICES, batch_dims=1),
    "gather_batched_last": lambda x: tf.gather(x, INDICES, batch_dims=1, axis=-1),
    "gather_batched_from_end": lambda x: tf.gather(x, INDICES, batch_dims=-1, axis=1),
    "gather_nd": lambda x: tf.gather_nd(x, [[0, 1, 2], [1, 5, 3], [0, 1, 2]])[None],
    "gather_nd_batched": lambda x: tf.gather_nd(x, [[[1, 2]], [[5, 3]]], batch_dims=1),
    "cumsum": lambda x: tf.cumsum(x, -1),
    "cumsum_exclusive": lambda x: tf.cumsum(x, -2, exclusive=True),
    "cumsum_reverse": lambda x: tf.cumsum(x, 1, reverse=True),
    "cumsum_both": lambda x: tf.cumsum(x, -1, exclusive=True, reverse=True),
    "concat": lambda x: tf.concat([x, x * x, x], -1),
    "concat_middle": lambda x: tf.concat([x[:, :1], x * x], 1),
    "concat_from_end": lambda x: tf.concat([x[:, :1], x * x], -2),
    "concat_op": lambda x: raw.Concat(concat_dim=2, values=[x, x * x]),
    "stack": lambda x: tf.stack([x, x * x], -1),
    "stack_middle": lambda x: tf.stack([x, x * x], -3),
    "unstack": lambda x: tf.add_n([n * part for n, part in enumerate(tf.unstack(x, axis=-1))]),
    "unstack_from_end": lambda x: tf.add_n(
        [n * part for n, part in enumerate(tf.unstack(x, axis=-2))]
    ),
    "split": lambda x: tf.split(x, 2, -1)[0] * tf.split(x, 2, -1)[1],
    "split_one": lambda x: tf.split(x, 2, -2)[1],
    "split_sizes": lambda x: tf.split(x, [1, 2, 3], -2)[2],
    "split_sizes_all": lambda x: tf.concat(tf.split(x, [3, -1], -1)[::-1], -1),
    "reverse": lambda x: tf.reverse(x, [-1]),
    "reverse_two": lambda x: tf.reverse(x, [1, -1]),
    "reverse_sequence": lambda x: tf.reverse_sequence(x, [4, 2], 1),
    "reverse_sequence_last": lambda x: tf.reverse_sequence(x, [4, 2, 3, 1, 4, 2], 2, 1),
    "roll": lambda x: tf.roll(x, 1, -1),
    "roll_two": lambda x: tf.roll(x, [2, -1], [1, 2]),
    "expand_and_squeeze": lambda x: tf.squeeze(tf.expand_dims(x, -2) * 2.0, -2),
    "squeeze_all": lambda x: tf.squeeze(tf.expand_dims(x, -1)),
    "sum": lambda x: tf.reduce_sum(x * x, -1),
    "sum_two": lambda x: tf.reduce_sum(x * x, [1, -1], keepdims=True),
    "mean": lambda x: tf.reduce_mean(x * x, -2),
    "mean_keeping": lambda x: tf.reduce_mean(x * x, [-1], keepdims=True),
    "max": lambda x: tf.reduce_max(x, -1),
    "max_middle": lambda x: tf.reduce_max(x, 1),
    "max_two": lambda x: tf.reduce_max(x, [-1, 1], keepdims=True),
    "max_tied": lambda x: tf.reduce_max(tf.concat([x, x], -1), -1),
    "min": lambda x: tf.reduce_min(x, -2),
    "prod": lambda x: tf.reduce_prod(x, -1),
    "prod_middle": lambda x: tf.reduce_prod(x, 1),
    "prod_two": lambda x: tf.reduce_prod(x, [-1, -2])[:, None],
    "prod_with_zero": lambda x: tf.reduce_prod(tf.concat([x, 0 * x[..., :1]], -1), -1) + x[..., 0],
    "variance": lambda x: tf.math.reduce_variance(x, -1),
    "softmax": lambda x: tf.nn.softmax(x, -1),
    "softmax_middle": lambda x: tf.nn.softmax(x, 1),
    "log_softmax": lambda x: tf.nn.log_softmax(x, -1),
    "log_softmax_middle": lambda x: tf.nn.log_softmax(x, 1),
    "pad": lambda x: tf.pad(x, [[0, 0], [2, 1], [0, 3]]),
    "pad_value": lambda x: tf.pad(x, [[0, 0], [2, 1], [0, 3]], constant_values=0.5),
    "pad_reflect": lambda x: tf.pad(x, [[0, 0], [2, 1], [0, 3]], "REFLECT"),
    "pad_symmetric": lambda x: tf.pad(x, [[0, 0], [2, 1], [0, 3]], "SYMMETRIC"),
    "slice": lambda x: tf.slice(x, [0, 2, 1], [-1, 3, -1]),
    "strided": lambda x: x[:, 1:6:2, ::-1],
    "strided_from_end": lambda x: x[:, -1:-5:-2, -3:],
    "strided_shrinking": lambda x: x[:, 2],
    "strided_shrinking_last": lambda x: x[..., -1],
    "strided_with_axis": lambda x: x[:, tf.newaxis, 1:3, ..., tf.newaxis],
    "strided_reversed": lambda x: x[:, ::-1],
    "tile": lambda x: tf.tile(x, [1, 2, 3]),
    "repeat": lambda x: tf.repeat(x, [1, 2, 0, 3], -1),
    "repeat_middle": lambda x: tf.repeat(x, 2, 1),
    "transpose": lambda x: tf.transpose(x, [2, 0, 1])[None],
    "batch_matmul": lambda x: tf.matmul(x, x, transpose_b=True),
    "batch_matmul_of_transposed": lambda x: tf.matmul(x, x[..., ::-1], transpose_a=True),
    "batch_matmul_both": lambda x: tf.matmul(x, tf.transpose(x * x, [0, 2, 1]), True, True),
    "batch_matmul_broadcast": lambda x: tf.matmul(x[:, None], tf.stack([MATRIX, MATRIX + 1])),
    "batch_matmul_left": lambda x: tf.matmul(tf.ones([3, 6]), x),
    "batch_matmul_op": lambda x: raw.BatchMatMul(x=x, y=x * x, adj_y=True),
    "einsum": lambda x: tf.einsum("bij,bkj->bik", x, x * x),
    "einsum_weights": lambda x: tf.einsum("bij,jk->bki", x, MATRIX),
    "einsum_summing": lambda x: tf.einsum("bij->bj", x * x),
    "einsum_ellipsis": lambda x: tf.einsum("...j,jk->...k", x, MATRIX),
    "einsum_broadcast": lambda x: tf.einsum(
        "...ij,...jk->...ik", x[:, None], x[:, :4, :][None] * 2
    ),
    "einsum_diagonal": lambda x: tf.einsum("bii->bi", x[:, :4]),
    "einsum_trace": lambda x: tf.einsum("bii->b", x[:, :4] * x[:, :4])[:, None],
    "einsum_outer": lambda x: tf.einsum("bi,bj->bij", x[:, 0], x[:, 1]),
    "tensordot": lambda x: tf.tensordot(x, MATRIX, [[2], [1]]),
    "matvec": lambda x: tf.linalg.matvec(MATRIX, x),
    "band": lambda x: tf.linalg.band_part(x, 1, 0),
    "diag_part": lambda x: tf.linalg.diag_part(x[:, :4]),
    "trace": lambda x: tf.linalg.trace(x[:, :4])[:, None],
    "set_diag": lambda x: tf.linalg.set_diag(x[:, :4], x[:, 4]),
    "select": lambda x: tf.where(x > 0.1, x * x, x),
    "select_row": lambda x: tf.where(x[..., :1] > 0.1, x * x, x),
    "select_single": lambda x: tf.where(x[..., :1] > 0.1, 2.0, x),
    "select_op": lambda x: raw.Select(condition=tf.constant([True, False]), x=x * x, y=x),
    "multiply_broadcast": lambda x: x * x[:, :1] + x[:, :, :1] / positive(x[:, 1:2]),
    "subtract_broadcast": lambda x: x[:, :1] - x[..., 1:2],
    "add_n": lambda x: tf.add_n([x, x * x, x]),
    "layer_norm": lambda x: (
        (x - tf.reduce_mean(x, -1, keepdims=True))
        * tf.math.rsqrt(tf.math.reduce_variance(x, -1, keepdims=True) + 0.1)
    ),
    "convolution": lambda x: tf.nn.conv1d(x, KERNEL[0], 2, "SAME"),
    "bias_add": lambda x: tf.nn.bias_add(x, tf.reduce_sum(x, [0, 1])),
    "one_hot": lambda x: tf.one_hot(tf.argmax(x, -1), 4) * x,
    "sequence_mask": lambda x: x * tf.sequence_mask([3, 5], 6, tf.float32)[..., None],
    "diag_of_steps": lambda x: tf.linalg.diag(x * x),
    "set_diag_twice": lambda x: tf.linalg.set_diag(x[:, :4] * x[:, 1:5], x[:, 4] * x[:, 5]),
    "diag_op": lambda x: raw.DiagPart(input=tf.matmul(x[0], x[0], transpose_b=True))[None],
    "ensure_shape": lambda x: tf.ensure_shape(x, [2, 6, 4]) * x,
    "top_k": lambda x: tf.math.top_k(x, 3)[0],
    "sort_middle": lambda x: tf.sort(x, 1),
}

SQUARES = {
    "inverse": lambda x: tf.linalg.inv(x + 3 * tf.eye(4)),
    "determinant": lambda x: tf.linalg.det(x + 3 * tf.eye(4))[:, None],
    "logdet": lambda x: tf.linalg.slogdet(x + 3 * tf.eye(4))[1][:, None],
    "solve": lambda x: tf.linalg.solve(x + 3 * tf.eye(4), x[..., :2]),
    "triangular_solve": lambda x: tf.linalg.triangular_solve(x + 3 * tf.eye(4), x[..., :2]),
    "cholesky": lambda x: tf.linalg.cholesky(tf.matmul(x, x, transpose_b=True) + 3 * tf.eye(4)),
    "expm": lambda x: tf.linalg.expm(0.1 * x),
}
