"""A classifier trained on the training split of scikit-learn's digits, by Keras 2 and Keras 3, and
the digits themselves as Parquet in ../digits/."""

import numpy as np
import pyarrow
import pyarrow.parquet
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

import answers
from frameworks import MODELS, export_keras3, keras2, keras3, save_keras2, start


def build(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1), name="pixels"),
            layers.Conv2D(16, 5, padding="same", activation="relu", name="conv1"),
            layers.BatchNormalization(name="bn1"),
            layers.Conv2D(48, 5, padding="same", activation="relu", name="conv2"),
            layers.GlobalAveragePooling2D(name="pool"),
            layers.Dense(10, name="dense"),
            layers.Softmax(name="softmax"),
        ],
        name="digits",
    )


def trained(keras, images, labels, train):
    start(seed=0)
    model = build(keras)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(images[train], labels[train], batch_size=64, epochs=20, verbose=0)
    return model


def print_accuracies(model, images, labels, train, test):
    """The classifier's accuracy, and that of a logistic regression on pooled conv2."""
    keras = keras3 if isinstance(model, keras3.Model) else keras2
    _, accuracy = model.evaluate(images[test], labels[test], verbose=0)
    conv2 = keras.Model(model.inputs, model.get_layer("conv2").output)
    features = conv2.predict(images, verbose=0).mean(axis=(1, 2))
    regression = LogisticRegression(max_iter=1000).fit(features[train], labels[train])
    pooled = regression.score(features[test], labels[test])
    print(f"Keras {keras.__version__}: test accuracy {accuracy:.4f}, pooled conv2 {pooled:.4f}")


def write_parquet(pixels, labels, test):
    split = np.full(len(labels), "train")
    split[test] = "test"
    columns = {
        "id": pyarrow.array(range(len(labels)), pyarrow.int32()),
        "pixels": pyarrow.array(list(pixels), pyarrow.list_(pyarrow.float32())),
        "label": pyarrow.array(labels, pyarrow.int32()),
        "split": pyarrow.array(split),
    }
    folder = MODELS.parent / "digits"
    folder.mkdir(exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "digits.parquet")


def main():
    digits = load_digits()
    labels = digits.target
    pixels = (digits.data / 16).astype(np.float32)
    images = pixels.reshape(-1, 8, 8, 1)
    train, test = train_test_split(np.arange(len(labels)), random_state=0, stratify=labels)
    write_parquet(pixels, labels, test)

    model = trained(keras2, images, labels, train)
    print_accuracies(model, images, labels, train, test)
    answers.write_keras2(save_keras2(model, "digits_keras2"), model, [images[test[:2]]])

    model = trained(keras3, images, labels, train)
    print_accuracies(model, images, labels, train, test)
    answers.write_keras3(export_keras3(model, "digits_keras3"), model, [images[test[:2]]])


if __name__ == "__main__":
    main()
