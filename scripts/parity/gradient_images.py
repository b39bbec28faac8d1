"""As in gradient_ops, ops on maps: convolutions, pooling, normalization, other sizes."""

from functools import partial

from gradient_ops import KERNEL, NARROW, positive, raw, v1

from frameworks import tf

_ONES = [1, 1, 1, 1]
_EXPLICIT = [[0, 0], [2, 1], [0, 2], [0, 0]]
NARROW_OF_EACH = KERNEL[:, :, :1]
_BOXES = [[0.1, 0.2, 0.8, 0.9], [0.0, 0.0, 1.0, 1.0], [-0.2, 0.3, 1.2, 0.9]]


def transposed(size, stride, padding, x):
    return tf.nn.conv2d_transpose(x, KERNEL, [2, size, size, 4], stride, padding)


def resized(op, is_aligned, has_centers, size, x):
    return op(images=x, size=size, align_corners=is_aligned, half_pixel_centers=has_centers)


def normalized(epsilon, is_training, x):
    scale, shift, mean = [0.5, 1.0, 1.5, 2.0], [0.1, 0.2, 0.3, 0.4], [0.0, 0.1, 0.2, 0.3]
    statistics = ([], []) if is_training else (mean, scale)
    return v1.nn.fused_batch_norm(x, scale, shift, *statistics, epsilon, is_training=is_training)[0]


def spread(kernel, height, width):
    """A dilated kernel with its zeros: TensorFlow has no derivative of a dilated one on CPUs."""
    rows, columns, *channels = kernel.shape
    apart = tf.reshape(
        tf.pad(
            kernel[:, None, :, None],
            [[0, 0], [0, height - 1], [0, 0], [0, width - 1], [0, 0], [0, 0]],
        ),
        [rows * height, columns * width, *channels],
    )
    return apart[: (rows - 1) * height + 1, : (columns - 1) * width + 1]


def dilated(height, width, padding, kernel=KERNEL):
    """The op, and what has the same derivative."""
    return (
        lambda x: tf.nn.conv2d(x, kernel, 1, padding, dilations=[height, width]),
        lambda x: by_groups(x, spread(kernel, height, width), padding),
    )


def grouped(padding, kernel):
    return lambda x: tf.nn.conv2d(x, kernel, 1, padding), lambda x: by_groups(x, kernel, padding)


def by_groups(x, kernel, padding):
    """A convolution for each group of channels, for which TensorFlow has no derivative on CPUs."""
    count = x.shape[-1] // kernel.shape[-2]
    parts = zip(tf.split(x, count, -1), tf.split(kernel, count, -1), strict=True)
    return tf.concat([tf.nn.conv2d(part, each, 1, padding) for part, each in parts], -1)


IMAGES = {
    "conv_dilated": dilated(2, 2, "SAME"),
    "conv_dilated_apart": dilated(3, 1, "SAME", KERNEL[:, :2]),
    "conv_dilated_valid": dilated(2, 3, "VALID"),
    "conv_dilated_explicit": dilated(3, 2, _EXPLICIT),
    "conv_dilated_in_groups": dilated(2, 2, "SAME", KERNEL[:, :, :2]),
    "conv_dilated_by_channel": dilated(2, 3, "VALID", NARROW_OF_EACH),
    "conv_in_groups": grouped("SAME", KERNEL[:, :, :2]),
    "conv_in_groups_explicit": grouped(_EXPLICIT, KERNEL[:, :, :2]),
    "conv_by_channel_explicit": grouped(_EXPLICIT, NARROW_OF_EACH),
    "lrn": lambda x: raw.LRN(input=3 * x),
    "lrn_radius": lambda x: tf.nn.lrn(3 * x, 1),
    "lrn_all": lambda x: tf.nn.lrn(3 * x, 2, bias=2.0, alpha=0.5, beta=0.75),
    "conv_same": lambda x: tf.nn.conv2d(x, KERNEL, 1, "SAME"),
    "conv_strided": lambda x: tf.nn.conv2d(x, KERNEL, [1, 2, 3, 1], "SAME"),
    "conv_valid": lambda x: tf.nn.conv2d(x, KERNEL, 2, "VALID"),
    "conv_explicit": lambda x: tf.nn.conv2d(x, KERNEL, 2, _EXPLICIT),
    "conv_by_blocks": lambda x: v1.nn.convolution(x, KERNEL, "SAME", dilation_rate=[2, 2]),
    "conv_of_kernel": lambda x: tf.nn.conv2d(
        tf.ones([2, 8, 8, 4]) / 8, tf.reshape(x[0, :3, :3], [3, 3, 4, 1]) * x[0, 0, 0], 1, "SAME"
    ),
    "depthwise": lambda x: tf.nn.depthwise_conv2d(x, NARROW, _ONES, "SAME"),
    "depthwise_multiplied": lambda x: tf.nn.depthwise_conv2d(x, KERNEL[..., :2], _ONES, "VALID"),
    "depthwise_strided": lambda x: tf.nn.depthwise_conv2d(x, NARROW, [1, 2, 2, 1], "SAME"),
    "depthwise_explicit": lambda x: tf.nn.depthwise_conv2d(x, NARROW, [1, 2, 2, 1], _EXPLICIT),
    "depthwise_dilated": lambda x: tf.nn.depthwise_conv2d(
        x, NARROW, _ONES, "SAME", dilations=[2, 2]
    ),
    "transposed_same": partial(transposed, 16, 2, "SAME"),
    "transposed_odd": partial(transposed, 15, 2, "SAME"),
    "transposed_valid": partial(transposed, 17, 2, "VALID"),
    "transposed_single": partial(transposed, 8, 1, "SAME"),
    "transposed_explicit": lambda x: tf.nn.conv2d_transpose(
        x, KERNEL, [2, 16, 16, 4], 2, [[0, 0], [1, 0], [0, 1], [0, 0]]
    ),
    "dilation": lambda x: tf.nn.dilation2d(x, NARROW[..., 0], [1, 2, 2, 1], "SAME", "NHWC", _ONES),
    "erosion": lambda x: tf.nn.erosion2d(x, NARROW[..., 0], _ONES, "VALID", "NHWC", [1, 2, 2, 1]),
    "max_pool": lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID"),
    "max_pool_same": lambda x: tf.nn.max_pool2d(x, 3, 2, "SAME"),
    "max_pool_explicit": lambda x: tf.nn.max_pool2d(x, 3, 2, [[0, 0], [1, 0], [0, 1], [0, 0]]),
    "max_pool_tied": lambda x: tf.nn.max_pool2d(tf.nn.relu(x), 3, 1, "SAME"),
    "max_pool_v2": lambda x: raw.MaxPoolV2(
        input=x, ksize=[1, 3, 2, 1], strides=[1, 2, 1, 1], padding="SAME"
    ),
    "max_pool_argmax": lambda x: tf.nn.max_pool_with_argmax(x, 2, 2, "SAME")[0],
    "max_pool_1d": lambda x: tf.nn.max_pool1d(x[:, 0], 3, 2, "SAME"),
    "avg_pool": lambda x: tf.nn.avg_pool2d(x, [2, 3], [1, 2], "VALID"),
    "avg_pool_same": lambda x: tf.nn.avg_pool2d(x, 3, 2, "SAME"),
    "max_pool_3d": lambda x: tf.nn.max_pool3d(x[:, None], [1, 3, 2], [1, 2, 2], "SAME"),
    "avg_pool_3d": lambda x: tf.nn.avg_pool3d(x[:, None], [1, 3, 2], [1, 2, 2], "SAME"),
    "fractional_max": lambda x: tf.nn.fractional_max_pool(x, [1, 1.5, 1.5, 1], seed=3)[0],
    "fractional_avg": lambda x: tf.nn.fractional_avg_pool(
        x, [1, 1.5, 1.5, 1], overlapping=True, seed=3
    )[0],
    "fused_batch_norm": partial(normalized, 0.01, False),
    "fused_batch_norm_default": partial(normalized, 1e-3, False),
    "fused_batch_norm_training": partial(normalized, 0.01, True),
    "moments": lambda x: (
        (x - tf.nn.moments(x, [1, 2], keepdims=True)[0])
        / tf.sqrt(tf.nn.moments(x, [1, 2], keepdims=True)[1] + 0.1)
    ),
    "space_to_depth": lambda x: tf.nn.space_to_depth(x, 2),
    "depth_to_space": lambda x: tf.nn.depth_to_space(x, 2),
    "space_to_batch": lambda x: tf.space_to_batch(x, [2, 2], [[0, 0], [1, 1]]),
    "batch_to_space": lambda x: tf.batch_to_space(
        tf.concat([x, 2 * x], 0), [2, 1], [[1, 0], [0, 0]]
    ),
    "patches": lambda x: tf.image.extract_patches(x, [1, 3, 3, 1], [1, 2, 2, 1], _ONES, "SAME"),
    "patches_valid": lambda x: tf.image.extract_patches(
        x, [1, 2, 4, 1], [1, 2, 4, 1], _ONES, "VALID"
    ),
    "volume_patches": lambda x: tf.extract_volume_patches(
        x[:, None], [1, 1, 2, 2, 1], [1, 1, 2, 2, 1], "VALID"
    ),
    "nearest": partial(resized, raw.ResizeNearestNeighbor, False, False, [5, 11]),
    "nearest_centered": partial(resized, raw.ResizeNearestNeighbor, False, True, [5, 11]),
    "nearest_aligned": partial(resized, raw.ResizeNearestNeighbor, True, False, [5, 11]),
    "bilinear": partial(resized, raw.ResizeBilinear, False, False, [5, 11]),
    "bilinear_centered": partial(resized, raw.ResizeBilinear, False, True, [5, 11]),
    "bilinear_aligned": partial(resized, raw.ResizeBilinear, True, False, [5, 11]),
    "bicubic": partial(resized, raw.ResizeBicubic, False, False, [5, 11]),
    "bicubic_centered": partial(resized, raw.ResizeBicubic, False, True, [5, 11]),
    "bicubic_aligned": partial(resized, raw.ResizeBicubic, True, False, [5, 11]),
    "antialiased": lambda x: tf.image.resize(x, [5, 11], "bilinear", antialias=True),
    "lanczos": lambda x: tf.image.resize(x, [5, 11], "lanczos3"),
    "gaussian": lambda x: tf.image.resize(x, [5, 11], "gaussian"),
    "cubic": lambda x: tf.image.resize(x, [3, 4], "mitchellcubic", antialias=True),
    "crop": lambda x: tf.image.crop_and_resize(x, _BOXES, [0, 1, 0], [3, 4]),
    "crop_nearest": lambda x: tf.image.crop_and_resize(
        x, _BOXES, [0, 1, 0], [3, 4], "nearest", extrapolation_value=0.5
    ),
    "central_crop": lambda x: tf.image.central_crop(x, 0.5),
    "grayscale": lambda x: tf.image.rgb_to_grayscale(x[..., :3]),
    "hsv": lambda x: tf.image.rgb_to_hsv(positive(x[..., :3])),
    "standardized": tf.image.per_image_standardization,
    "total_variation": lambda x: tf.image.total_variation(x)[:, None] * x[:, 0, 0],
    "sobel": tf.image.sobel_edges,
    "global_max": lambda x: tf.reduce_max(x, [1, 2]),
    "rotated": lambda x: tf.image.rot90(x),
    "warped": lambda x: raw.ImageProjectiveTransformV3(
        images=x,
        transforms=[[1.0, 0.2, 0.0, 0.1, 0.9, 0.5, 0.0, 0.0]],
        output_shape=[8, 8],
        fill_value=0.0,
        interpolation="BILINEAR",
    ),
    "flipped": tf.image.flip_up_down,
}
