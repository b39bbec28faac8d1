"""Small models that cover what people have in SavedModels, one folder each, with answers."""

from functools import partial

from common import (
    KERAS2,
    KERAS2_EXPORT,
    KERAS2_SAVED,
    KERAS3_EXPORT,
    arguments,
    comma_separated,
    run,
)
import zoo_arguments
import zoo_custom
import zoo_layers
import zoo_loops
import zoo_misleading
import zoo_module
import zoo_nested
import zoo_networks
import zoo_parameters
import zoo_quantized
import zoo_recurrent
import zoo_saving
import zoo_shapes
import zoo_signatures
import zoo_tf1
from zoo_common import EVERY_WAY, ONLY_KERAS3, Case, Single

CASES = [
    Case("fused_activations", zoo_layers.fused_activations, EVERY_WAY, has_gradients=True),
    Case("functions_of_tensorflow", zoo_layers.functions_of_tensorflow),
    Case("activation_layers", zoo_layers.activation_layers, has_gradients=True),
    Case("convolutions_1d", zoo_layers.convolutions_1d, has_gradients=True),
    Case("convolutions_2d", zoo_layers.convolutions_2d, has_gradients=True),
    Case("convolutions_3d", zoo_layers.convolutions_3d, has_gradients=True),
    Case("normalization", zoo_layers.normalization, has_gradients=True),
    Case("pooling", zoo_layers.pooling, has_gradients=True),
    Case("reshaping", zoo_shapes.reshaping, has_gradients=True),
    Case("merging", zoo_shapes.merging, EVERY_WAY, has_gradients=True),
    Case("two_inputs", zoo_shapes.two_inputs, EVERY_WAY, has_gradients=True),
    Case("attention", zoo_shapes.attention, has_gradients=True),
    Case("grouped_attention", zoo_shapes.grouped_attention, ONLY_KERAS3),
    Case("embedding", zoo_shapes.embedding, has_gradients=True),
    Case("masking", zoo_shapes.masking, has_gradients=True),
    Case("preprocessing", zoo_shapes.preprocessing),
    Case("categories", zoo_shapes.categories),
    Case("augmentation", zoo_shapes.augmentation),
    Case("dynamic_image", zoo_shapes.dynamic_image),
    Case("dynamic_length", zoo_shapes.dynamic_length),
    Case("rnn_returning_last", zoo_recurrent.returning_last, has_gradients=True),
    Case("rnn_returning_sequences", zoo_recurrent.returning_sequences, has_gradients=True),
    Case("rnn_returning_states", zoo_recurrent.returning_states, EVERY_WAY),
    Case("rnn_returning_states_unused", zoo_recurrent.returning_states_unused),
    Case("rnn_encoder_decoder", zoo_recurrent.encoder_decoder),
    Case("rnn_stacked", zoo_recurrent.stacked, (KERAS2, KERAS3_EXPORT)),
    Case("rnn_bidirectional", zoo_recurrent.bidirectional, has_gradients=True),
    Case("rnn_bidirectional_states", zoo_recurrent.bidirectional_states),
    Case("rnn_backwards", zoo_recurrent.backwards, has_gradients=True),
    Case("rnn_unrolled", zoo_recurrent.unrolled),
    Case("rnn_other_activations", zoo_recurrent.other_activations),
    Case("rnn_masked", zoo_recurrent.masked, has_gradients=True),
    Case("rnn_distributed", zoo_recurrent.distributed),
    Case("rnn_convolutional", zoo_recurrent.convolutional),
    Case("rnn_stacked_cells", zoo_recurrent.stacked_cells),
    Case("rnn_own_cell", zoo_recurrent.own_cell),
    Case("rnn_memory_first", zoo_recurrent.memory_first),
    Case("nested_functional", zoo_nested.nested_functional, EVERY_WAY, has_gradients=True),
    Case("nested_sequential", zoo_nested.nested_sequential),
    Case("in_a_sequential", zoo_nested.in_a_sequential),
    Case("three_deep", zoo_nested.three_deep, EVERY_WAY),
    Case("used_twice", zoo_nested.used_twice, EVERY_WAY, has_gradients=True),
    Case("used_twice_inside", zoo_nested.used_twice_inside),
    Case("several_ports", zoo_nested.several_ports),
    Case("passing_through", zoo_nested.passing_through),
    Case("base_and_head", zoo_nested.base_and_head),
    Case("shared_layers", zoo_nested.shared_layers, EVERY_WAY, has_gradients=True),
    Case("shared_recurrent", zoo_nested.shared_recurrent),
    Case("shared_across_models", zoo_nested.shared_across_models),
    Case("colliding_names", zoo_nested.colliding_names, EVERY_WAY),
    Case("named_like_the_model", zoo_nested.named_like_the_model, EVERY_WAY),
    Case("odd_names", zoo_nested.odd_names, EVERY_WAY),
    Case("only_scope", zoo_nested.only_scope, EVERY_WAY),
    Case("only_scope_inside", zoo_nested.only_scope_inside, EVERY_WAY),
    Case("sine", zoo_custom.sine, EVERY_WAY),
    Case("weights_and_scopes", zoo_custom.weights_and_scopes),
    Case("several_outputs", zoo_custom.several_outputs),
    Case("picking", zoo_custom.picking),
    Case("without_ops", zoo_custom.without_ops, EVERY_WAY),
    Case("lambdas", zoo_custom.lambdas),
    Case("operators", zoo_custom.operators),
    Case("operators_only", zoo_custom.operators_only, ONLY_KERAS3),
    Case("functions", zoo_custom.functions, ONLY_KERAS3, has_gradients=True),
    Case("tf_functions", zoo_custom.tf_functions, (KERAS2, KERAS2_SAVED)),
    Case("conditional", zoo_custom.conditional),
    Case("distributed_models", zoo_loops.distributed_models),
    Case("own_cells_both_ways", zoo_loops.own_cells_both_ways, (KERAS2, KERAS2_SAVED)),
    Case("loops", zoo_loops.loops),
    Case("loops_of_keras", zoo_loops.loops_of_keras, ONLY_KERAS3),
    Case("every_dtype", zoo_loops.every_dtype),
    Case("base_cut_and_whole", zoo_loops.base_cut_and_whole, EVERY_WAY),
    Case("misleading_inputs", zoo_misleading.misleading_inputs),
    Case("misleading_calls", zoo_misleading.misleading_calls),
    Case("weights_as_output", zoo_misleading.weights_as_output),
    Case("mask_without_ops", zoo_misleading.mask_without_ops),
    Case("ports_by_name", zoo_misleading.ports_by_name),
    Case("ports_named_like_others", zoo_misleading.ports_named_like_others),
    Case("arguments_by_name", zoo_arguments.arguments_by_name, EVERY_WAY),
    Case("dicts", zoo_arguments.dicts, EVERY_WAY),
    Case("without_names", zoo_arguments.without_names, EVERY_WAY),
    Case("inputs_by_name", zoo_misleading.inputs_by_name, ONLY_KERAS3),
    Case("gated_blocks", zoo_misleading.gated_blocks, EVERY_WAY),
    Case("skipping_blocks", zoo_misleading.skipping_blocks, EVERY_WAY),
    Case("unread_weights", zoo_parameters.unread_weights, EVERY_WAY),
    Case("trained_inside", zoo_parameters.trained_inside, EVERY_WAY),
    Case("plain", zoo_saving.plain, EVERY_WAY),
    Case("deferred", zoo_saving.deferred, EVERY_WAY),
    Case("without_weights", zoo_saving.without_weights, EVERY_WAY),
    Case("trained", zoo_saving.trained, EVERY_WAY),
    Case("double_precision", zoo_saving.double_precision),
    Case("half_precision", zoo_saving.half_precision),
    Case("brain_precision", zoo_saving.brain_precision),
    *(
        Case(f"weights_{build.__name__}", build, ONLY_KERAS3)
        for build in (
            zoo_quantized.in_8_bits,
            zoo_quantized.in_4_bits,
            zoo_quantized.of_low_rank,
        )
    ),
    *(
        Case(build.__name__, build, EVERY_WAY, has_gradients=True)
        for build in (
            zoo_networks.u_net,
            zoo_networks.wave_net,
            zoo_networks.vision_transformer,
            zoo_networks.text_transformer,
            zoo_networks.siamese,
            zoo_networks.video,
            zoo_networks.heads,
            zoo_networks.squeeze_and_excite,
        )
    ),
    *(
        Single("subclassed", maker.name, partial(zoo_saving.make_subclassed, maker))
        for maker in EVERY_WAY
    ),
    *(
        Single("endpoint", maker.name, partial(zoo_saving.make_with_endpoint, maker))
        for maker in (KERAS2_EXPORT, KERAS3_EXPORT)
    ),
    *(
        Single("archive", maker.name, partial(zoo_saving.make_with_two_models, maker))
        for maker in (KERAS2_EXPORT, KERAS3_EXPORT)
    ),
    Single("signature", "keras2", zoo_saving.make_with_signature),
    *(
        Single(
            f"signature_{signature}",
            kind,
            partial(zoo_signatures.make, signature, maker.keras, kind == "module"),
        )
        for signature in zoo_signatures.SIGNATURES
        for kind, maker in (
            ("keras2", KERAS2),
            ("keras3-export", KERAS3_EXPORT),
            ("module", KERAS2),
        )
        if kind != "module" or signature not in zoo_signatures.IN_SCOPES_OF_CODE
    ),
    Single("loaded", "keras2", zoo_saving.make_loaded),
    *(
        Single("resaved", maker.name, partial(zoo_saving.make_resaved, maker))
        for maker in (KERAS2, KERAS3_EXPORT)
    ),
    Single("nested_functions", "module", zoo_module.make_module),
    Single("control_flow", "module", zoo_module.make_control_flow),
    Single("switches", "module", zoo_module.make_switched),
    *(
        Single(build.__name__, "tf1", partial(zoo_tf1.make, build))
        for build in (
            zoo_tf1.variables,
            zoo_tf1.batch_normalization,
            zoo_tf1.control_flow,
            zoo_tf1.dynamic_rnn,
            zoo_tf1.loops_behind_convolutions,
            zoo_tf1.layers_of_tf1,
            zoo_tf1.many_tensors,
            zoo_tf1.switches,
            zoo_tf1.stored_flags,
        )
    ),
    *(
        Single(
            f"old_{build.__name__}",
            "tf1",
            partial(zoo_tf1.make, partial(zoo_tf1.with_old_control_flow, build)),
        )
        for build in (
            zoo_tf1.control_flow,
            zoo_tf1.dynamic_rnn,
            zoo_tf1.loops_behind_convolutions,
            zoo_tf1.switches,
            zoo_tf1.stored_flags,
            zoo_tf1.switched_rnn,
        )
    ),
]


def main():
    parsed = arguments(
        __doc__, ("--only", {"type": comma_separated, "help": "topics, by commas; all without"})
    )
    for case in CASES:
        if not parsed.only or case.topic in parsed.only:
            for name, make in case.models(parsed.out):
                run(name, make, seed=0)


if __name__ == "__main__":
    main()
