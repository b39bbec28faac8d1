"""Small models of KerasHub with random weights, exported by Keras 3, with an answer for every layer, those
inside of its blocks too. Their configurations list no layers; the topology is that of the same layers in
a functional model."""

import numpy as np

from common import KERAS3_EXPORT, arguments, comma_separated, redraw, run

import answers
from frameworks import keras3
from inner_layers import answers_while
from keras_hub import models

VOCABULARY = 40
STEPS = 12
TEXT = {
    "vocabulary_size": VOCABULARY,
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": 8,
    "intermediate_dim": 16,
}
GROUPED = {
    "vocabulary_size": VOCABULARY,
    "num_layers": 2,
    "num_query_heads": 4,
    "num_key_value_heads": 2,
    "hidden_dim": 16,
    "intermediate_dim": 24,
}
IMAGE = {"image_shape": (32, 32, 3), "patch_size": 8, "num_layers": 2, "num_heads": 2}
STAGES = {
    "input_conv_filters": [8],
    "input_conv_kernel_sizes": [7],
    "stackwise_num_filters": [64, 64],
    "stackwise_num_blocks": [2, 1],
    "stackwise_num_strides": [1, 2],
}


def albert():
    sizes = TEXT | {
        "num_layers": 4,
        "embedding_dim": 8,
        "num_groups": 2,
        "num_inner_repetitions": 2,
    }
    return models.AlbertBackbone(**sizes)


def gemma2():
    capped = {"attention_logit_soft_cap": 50, "final_logit_soft_cap": 30}
    normed = {"use_post_ffw_norm": True, "use_post_attention_norm": True}
    window = {"use_sliding_window_attention": True, "sliding_window_size": 4}
    return models.GemmaBackbone(**GROUPED, head_dim=4, **capped, **normed, **window)


def qwen3_moe():
    return models.Qwen3MoeBackbone(
        **GROUPED, moe_intermediate_dim=8, num_experts=4, head_dim=4, top_k=2
    )


def efficientnet():
    thrice = {"stackwise_nores_option": [False] * 3, "stackwise_force_input_filters": [0] * 3}
    return models.EfficientNetBackbone(
        **thrice,
        stackwise_width_coefficients=[1.0] * 3,
        stackwise_depth_coefficients=[1.0] * 3,
        stackwise_kernel_sizes=[3, 3, 5],
        stackwise_num_repeats=[1, 2, 1],
        stackwise_input_filters=[16, 8, 16],
        stackwise_output_filters=[8, 16, 16],
        stackwise_expansion_ratios=[1, 4, 4],
        stackwise_squeeze_and_excite_ratios=[0.25] * 3,
        stackwise_strides=[1, 2, 2],
        stackwise_block_types=["unfused", "fused", "cba"],
        input_shape=(48, 48, 3),
    )


def segmenting():
    return models.MiTBackbone(
        layerwise_depths=[1] * 4,
        num_layers=4,
        layerwise_num_heads=[1, 2, 2, 2],
        layerwise_sr_ratios=[4, 2, 2, 1],
        max_drop_path_rate=0.1,
        layerwise_patch_sizes=[7, 3, 3, 3],
        layerwise_strides=[4, 2, 2, 2],
        hidden_dims=[8, 8, 16, 16],
        image_shape=(64, 64, 3),
    )


def dino():
    sizes = {"num_layers": 2, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 16}
    shapes = {"image_shape": (56, 56, 3), "position_embedding_shape": (42, 42, 3)}
    return models.DINOV2Backbone(**sizes, **shapes, patch_size=14, num_register_tokens=2)


def vision():
    return models.ViTBackbone(**IMAGE, hidden_dim=8, mlp_dim=16)


def whisper():
    lengths = {"max_encoder_sequence_length": 2 * STEPS, "max_decoder_sequence_length": STEPS}
    return models.WhisperBackbone(**TEXT, num_mels=8, **lengths)


MODELS = {
    "albert": albert,
    "bart": lambda: models.BartBackbone(**TEXT),
    "bert": lambda: models.BertBackbone(**TEXT),
    "bert_classifier": lambda: models.BertTextClassifier(
        backbone=models.BertBackbone(**TEXT), num_classes=3, preprocessor=None
    ),
    "bloom": lambda: models.BloomBackbone(**TEXT),
    "deberta": lambda: models.DebertaV3Backbone(**TEXT, bucket_size=8, max_sequence_length=STEPS),
    "dino": dino,
    "efficientnet": efficientnet,
    "esm": lambda: models.ESMBackbone(**TEXT),
    "fnet": lambda: models.FNetBackbone(
        **{key: size for key, size in TEXT.items() if key != "num_heads"}
    ),
    "gemma2": gemma2,
    "gpt2": lambda: models.GPT2Backbone(**TEXT, max_sequence_length=16),
    "mistral": lambda: models.MistralBackbone(**GROUPED, sliding_window=4),
    "mixtral": lambda: models.MixtralBackbone(**GROUPED, num_experts=3),
    "opt": lambda: models.OPTBackbone(**TEXT),
    "phi3": lambda: models.Phi3Backbone(**GROUPED),
    "qwen2": lambda: models.Qwen2Backbone(**GROUPED),
    "qwen3_moe": qwen3_moe,
    "resnet": lambda: models.ResNetBackbone(
        **STAGES, block_type="bottleneck_block", use_pre_activation=True, image_shape=(48, 48, 3)
    ),
    "segmenting": segmenting,
    "t5": lambda: models.T5Backbone(**TEXT),
    "vit": vision,
    "vit_classifier": lambda: models.ViTImageClassifier(
        backbone=vision(), num_classes=5, preprocessor=None
    ),
    "whisper": whisper,
}


def fed(tensor, random):
    """A batch of two for an input, by its name and type."""
    shape = [2] + [STEPS if size is None else size for size in tensor.shape[1:]]
    if "mask" in tensor.name:
        values = np.ones(shape)
        values[1, -3:] = 0
    elif "segment" in tensor.name:
        values = random.integers(0, 2, shape)
    elif "int" in tensor.dtype:
        values = random.integers(1, VOCABULARY, shape)
    else:
        values = random.uniform(0 if len(shape) == 4 else -1, 1, shape)
    return values.astype(tensor.dtype)


def make(out, name):
    model = MODELS[name]()
    redraw(model, seed=1)
    random = np.random.default_rng(3)
    inputs = [fed(tensor, random) for tensor in model.inputs]
    functional = keras3.Model(model.inputs, model.outputs)
    inner = answers_while(
        lambda: functional(inputs, training=False), keras3.layers.Layer, least_depth=2
    )
    # Models inside list their layers themselves.
    listed = {answer.selector for answer in answers.keras_answers(functional, inputs)}
    more = [answer for answer in inner if answer.selector not in listed]
    model.to_json = functional.to_json
    wanted = answers.Wanted(more=more, topology=True)
    KERAS3_EXPORT.write(out, f"library_kerashub_{name}", model, inputs, wanted)


if __name__ == "__main__":
    parsed = arguments(
        __doc__, ("--only", {"type": comma_separated, "default": list(MODELS), "help": "names"})
    )
    for each in parsed.only:
        run(each, lambda: make(parsed.out, each), seed=1)
