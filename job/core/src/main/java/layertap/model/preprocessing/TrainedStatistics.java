package layertap.model.preprocessing;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.List;
import layertap.graph.TensorId;

/**
 * What a batch normalisation remembers of the numbers that entered it in training. Immutable.
 *
 * @param layer its path, or the name of its op
 * @param input what enters it
 * @param isChannelFirst whether the channels are the second axis, not the last one
 * @param means of each channel; empty if they are not known
 * @param variances of each channel
 */
public record TrainedStatistics(
    String layer,
    TensorId input,
    boolean isChannelFirst,
    List<Double> means,
    List<Double> variances)
    implements Serializable {
  public TrainedStatistics {
    requireNonNull(layer, "layer is null");
    requireNonNull(input, "input is null");
    means = List.copyOf(means);
    variances = List.copyOf(variances);
  }
}
