"""A TensorFlow 1 graph of placeholders, a reference variable, resource variables, conv2d and
max_pool, saved from its session."""

import answers
from frameworks import empty_folder, random_batch, tf

v1 = tf.compat.v1


def variable(name, shape, seed, use_resource):
    initializer = v1.random_normal_initializer(stddev=0.2, seed=seed)
    return v1.get_variable(name, shape, initializer=initializer, use_resource=use_resource)


def build():
    """Returns the graph's image placeholder and, in order, the tensors worth an answer."""
    image = v1.placeholder(tf.float32, [None, 28, 28, 1], name="image")
    keep_scale = v1.placeholder_with_default(tf.constant(1.0), [], name="keep_scale")
    with v1.variable_scope("conv1"):
        kernel = variable("kernel", [5, 5, 1, 8], seed=1, use_resource=False)
        bias = variable("bias", [8], seed=2, use_resource=True)
        convolved = tf.nn.conv2d(image, kernel, strides=1, padding="SAME", name="Conv2D")
        biased = tf.nn.bias_add(convolved, bias, name="BiasAdd")
        activated = tf.nn.relu(biased, name="Relu")
        scaled = tf.multiply(activated, keep_scale, name="scaled")
    pooled = tf.nn.max_pool2d(scaled, ksize=2, strides=2, padding="VALID", name="pool1")
    flat = tf.reshape(pooled, [-1, 14 * 14 * 8], name="flatten")
    with v1.variable_scope("logits"):
        weights = variable("weights", [14 * 14 * 8, 10], seed=3, use_resource=True)
        logits = tf.matmul(flat, weights, name="MatMul")
    return image, [image, convolved, biased, activated, scaled, pooled, flat, logits]


def main():
    folder = empty_folder("tf1_conv")
    with tf.Graph().as_default() as graph:
        image, tensors = build()
        outputs = {"logits": tensors[-1]}
        session = v1.Session(graph=graph)
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(folder), {"image": image}, outputs)
    array = random_batch((2, 28, 28, 1), seed=13)
    answers.write_tf1(folder, session, tensors, {"image": (image, array)}, outputs)


if __name__ == "__main__":
    main()
