package layertap.model.layers.matching;

/**
 * A tensor of a topology: output <i>k</i> of call <i>n</i> of a layer. It is an unknown that stands
 * for a tensor of the graph; {@link Facts} has what is known of it. Compared by identity.
 */
public final class KerasTensor {}
