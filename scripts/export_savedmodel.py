"""Export a Keras model as a SavedModel together with its topology.

A SavedModel that Keras 3 exports does not hold the list of the model's layers. This writes it to
`assets.extra/layertap_topology.json` inside the SavedModel, which TensorFlow never reads; layertap
then knows indexes, classes, and layers without ops (InputLayer, Dropout, linear Activation).

    python scripts/export_savedmodel.py model.keras saved_model_dir

or, where the model is made: `export_savedmodel.export(model, "saved_model_dir")`.
"""

import argparse
from pathlib import Path

TOPOLOGY = Path("assets.extra") / "layertap_topology.json"


def export(model, folder):
    """Export a Functional or Sequential model of Keras 3, or of Keras 2, to `folder`."""
    config = model.get_config()
    if "layers" not in config:
        raise ValueError(
            f"cannot write the topology of {model.name}: a subclassed model does not list its layers"
        )
    model.export(str(folder))
    topology = Path(folder) / TOPOLOGY
    topology.parent.mkdir(exist_ok=True)
    topology.write_text(model.to_json())
    return topology


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a .keras file")
    parser.add_argument("folder", help="the SavedModel to write")
    arguments = parser.parse_args()
    import keras

    print(export(keras.models.load_model(arguments.model, compile=False), arguments.folder))


if __name__ == "__main__":
    main()
