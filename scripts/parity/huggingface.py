"""Small models of Hugging Face's transformers with random weights, written by its `save_pretrained(...,
saved_model=True)`, that is by Keras 2, with an answer for every layer, however deep."""

import os

# transformers runs on Keras 2 alone.
os.environ["TF_USE_LEGACY_KERAS"] = "1"

import shutil

import numpy as np

from common import arguments, comma_separated, redraw, run

import transformers
from answer_files import Saved
from frameworks import keras2, tf
from inner_layers import answers_while

VOCABULARY = 40
STEPS = 12
SIZES = {
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
}
TEXT = SIZES | {"vocab_size": VOCABULARY, "max_position_embeddings": 32}
IMAGE = SIZES | {"image_size": 32, "patch_size": 8}
GPT = {"vocab_size": VOCABULARY, "n_embd": 8, "n_layer": 2, "n_head": 2, "n_positions": 32}
XLM = {"vocab_size": VOCABULARY, "emb_dim": 8, "n_layers": 2, "n_heads": 2}
TWO_SIDED = {
    "vocab_size": VOCABULARY,
    "d_model": 8,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "max_position_embeddings": 32,
}
STAGES = {"hidden_sizes": [8, 8, 16, 16], "depths": [1, 1, 1, 1], "image_size": 64}
RELATIVE = {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]}
SWIN = {"image_size": 32, "patch_size": 4, "embed_dim": 8, "depths": [1, 2], "num_heads": [2, 2]}
SOUND = {
    "conv_dim": (8, 8),
    "conv_kernel": (5, 3),
    "conv_stride": (5, 2),
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
}

# The class of the model, that of its configuration, and what is in it.
MODELS = {
    "albert": ("TFAlbertModel", "AlbertConfig", TEXT | {"embedding_size": 6}),
    "bart": ("TFBartModel", "BartConfig", TWO_SIDED),
    "bert": ("TFBertModel", "BertConfig", TEXT),
    "bert_masked": ("TFBertForMaskedLM", "BertConfig", TEXT),
    "bert_classifier": ("TFBertForSequenceClassification", "BertConfig", TEXT),
    "convbert": ("TFConvBertModel", "ConvBertConfig", TEXT | {"conv_kernel_size": 3}),
    "convnext": ("TFConvNextModel", "ConvNextConfig", STAGES),
    "deberta": ("TFDebertaV2Model", "DebertaV2Config", TEXT | RELATIVE),
    "deit": ("TFDeiTModel", "DeiTConfig", IMAGE),
    "distilbert": (
        "TFDistilBertModel",
        "DistilBertConfig",
        {"vocab_size": VOCABULARY, "dim": 8, "n_layers": 2, "n_heads": 2, "hidden_dim": 16},
    ),
    "electra": ("TFElectraModel", "ElectraConfig", TEXT | {"embedding_size": 6}),
    "gpt2": ("TFGPT2Model", "GPT2Config", GPT),
    "gptj": ("TFGPTJModel", "GPTJConfig", GPT | {"rotary_dim": 2}),
    "mobilebert": ("TFMobileBertModel", "MobileBertConfig", TEXT | {"true_hidden_size": 8}),
    "mpnet": ("TFMPNetModel", "MPNetConfig", TEXT),
    "roberta": ("TFRobertaModel", "RobertaConfig", TEXT),
    "roformer": ("TFRoFormerModel", "RoFormerConfig", TEXT | {"embedding_size": 8}),
    "swin": ("TFSwinModel", "SwinConfig", SWIN | {"window_size": 4}),
    "t5_encoder": (
        "TFT5EncoderModel",
        "T5Config",
        {"vocab_size": VOCABULARY, "d_model": 8, "d_kv": 4, "d_ff": 16, "num_heads": 2},
    ),
    "vit_classifier": ("TFViTForImageClassification", "ViTConfig", IMAGE),
    "wav2vec2": ("TFWav2Vec2Model", "Wav2Vec2Config", SIZES | SOUND | {"mask_time_prob": 0.0}),
    "xlm": ("TFXLMModel", "XLMConfig", XLM | {"max_position_embeddings": 32}),
}


def fed(name, spec, config, random):
    """A batch of two for an input, by its name and type."""
    shape = [2] + [STEPS if size is None else size for size in spec.shape[1:]]
    if name == "pixel_values":
        shape = [2, 3, config.image_size, config.image_size]
    if name == "input_values":
        shape = [2, 200]
    if "mask" in name:
        values = np.ones(shape)
        values[1, -3:] = 0
    elif name == "token_type_ids":
        values = random.integers(0, getattr(config, "type_vocab_size", 0) or 1, shape)
    elif spec.dtype.is_integer:
        values = random.integers(3, VOCABULARY, shape)
    else:
        values = random.uniform(-1, 1, shape)
    return values.astype(spec.dtype.as_numpy_dtype)


def make(out, name):
    model_class, config_class, sizes = MODELS[name]
    config = getattr(transformers, config_class)(**sizes, use_cache=False)
    model = getattr(transformers, model_class)(config)
    random = np.random.default_rng(3)
    arrays = {key: fed(key, spec, config, random) for key, spec in model.input_signature.items()}
    tensors = {key: tf.constant(array) for key, array in arrays.items()}
    model(tensors, training=False)
    redraw(model, seed=1)
    folder = out / f"library_huggingface_{name}"
    pretrained = out / f"pretrained_{name}"
    model.save_pretrained(pretrained, saved_model=True)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.move(pretrained / "saved_model" / "1", folder)
    shutil.rmtree(pretrained)
    layers = answers_while(lambda: model(tensors, training=False), keras2.layers.Layer)
    saved = Saved.at(folder, "huggingface", transformers=transformers.__version__)
    given = model(tensors, training=False)
    saved.write(arrays, [given[key].numpy() for key in saved.signature.structured_outputs], layers)


if __name__ == "__main__":
    parsed = arguments(
        __doc__, ("--only", {"type": comma_separated, "default": list(MODELS), "help": "names"})
    )
    for each in parsed.only:
        run(each, lambda: make(parsed.out, each), seed=1)
