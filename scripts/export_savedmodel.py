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
    listing = listing_layers(model)
    if "layers" not in listing.get_config():
        raise ValueError(
            f"cannot write the topology of {model.name}: a subclassed model does not list its layers"
        )
    model.export(str(folder))
    topology = Path(folder) / TOPOLOGY
    topology.parent.mkdir(exist_ok=True)
    topology.write_text(listing.to_json())
    return topology


def listing_layers(model):
    """The same layers in a model whose configuration lists them: models of KerasHub, too, are made from
    inputs and outputs, and write their own arguments instead."""
    functional = [each for each in type(model).__mro__ if each.__name__ == "Functional"]
    if "layers" in model.get_config() or not functional:
        return model
    return functional[0](model.inputs, model.outputs, name=model.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a .keras file")
    parser.add_argument("folder", help="the SavedModel to write")
    arguments = parser.parse_args()
    import keras

    print(export(keras.models.load_model(arguments.model, compile=False), arguments.folder))


if __name__ == "__main__":
    main()
