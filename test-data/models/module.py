"""A tf.Module with ops in name scopes, one of which gives two tensors, and ops outside of any."""

import numpy as np

from answer_files import Answer, Saved
from frameworks import empty_folder, random_batch, start, tf


class Scores(tf.Module):
    """Standardises what a tower computes and scores it."""

    def __init__(self):
        super().__init__(name="scores")
        draw = np.random.default_rng(0)
        self.kernel = tf.Variable(draw.normal(size=(6, 4)).astype(np.float32), name="kernel")
        self.bias = tf.Variable(draw.normal(size=4).astype(np.float32), name="bias")
        self.weights = tf.Variable(draw.normal(size=(4, 2)).astype(np.float32), name="weights")

    def parts(self, numbers):
        """Everything worth an answer, by its name in the graph."""
        with tf.name_scope("tower"):
            product = tf.matmul(numbers, self.kernel, name="product")
            biased = tf.nn.bias_add(product, self.bias, name="biased")
            activated = tf.nn.relu(biased, name="activated")
        with tf.name_scope("moments"):
            mean = tf.reduce_mean(activated, axis=1, keepdims=True, name="mean")
            spread = tf.exp(mean, name="spread")
        standardised = tf.divide(activated - mean, spread, name="standardised")
        with tf.name_scope("head"):
            logits = tf.matmul(standardised, self.weights, name="logits")
            squashed = tf.tanh(logits, name="squashed")
        return {
            "tower/product": product,
            "tower/biased": biased,
            "tower/activated": activated,
            "moments/mean": mean,
            "moments/spread": spread,
            "standardised": standardised,
            "head/logits": logits,
            "head/squashed": squashed,
        }

    @tf.function(input_signature=[tf.TensorSpec((None, 6), tf.float32, name="numbers")])
    def serve(self, numbers):
        return {"scores": self.parts(numbers)["head/squashed"]}


def main():
    start(seed=0)
    module = Scores()
    folder = empty_folder("scores_module")
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve})
    numbers = random_batch((2, 6), seed=32, low=-1.0)
    parts = module.parts(tf.constant(numbers))
    found = [
        Answer({"graph_tensor": f"{name}:0"}, value.numpy(), "") for name, value in parts.items()
    ]
    final = [parts["head/squashed"].numpy()]
    Saved.at(folder, "module").write({"numbers": numbers}, final, found)


if __name__ == "__main__":
    main()
