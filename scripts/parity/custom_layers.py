"""Custom layers that several scripts build models of. They leave no ops: what they give is what they
take."""


def pick_layer(keras):
    """A layer that gives one of its inputs, by position."""

    class Pick(keras.layers.Layer):
        without_ops = True

        def __init__(self, position, **kwargs):
            super().__init__(**kwargs)
            self.position = position

        def call(self, inputs):
            return inputs[self.position]

        def compute_output_shape(self, shapes):
            return shapes[self.position]

        def get_config(self):
            return super().get_config() | {"position": self.position}

    return Pick


def swap_layer(keras):
    """A layer that gives its two inputs in the other order."""

    class Swap(keras.layers.Layer):
        without_ops = True

        def call(self, inputs):
            return inputs[1], inputs[0]

        def compute_output_shape(self, shapes):
            return shapes[1], shapes[0]

    return Swap
