package layertap.suggest.feed;

import java.util.List;
import java.util.Optional;
import layertap.failure.BadRowException;
import layertap.graph.Dtype;
import layertap.graph.TensorShape;
import layertap.input.value.SequenceConverter;
import layertap.input.value.SequenceSettings;
import layertap.input.value.SequenceSettings.Padding;
import layertap.input.value.SequenceSettings.Side;
import layertap.input.value.TensorConverter;
import layertap.suggest.feed.DescribedColumn.Kind;
import org.tensorflow.proto.DataType;

/**
 * Whether columns hold numbers or texts that an input takes. The sample is converted as rows will
 * be: what does not go through is no fit.
 */
final class ValueFits {
  private static final String TENSOR = "tensor {}";
  private static final String PADDED = "sequence { pad = post, truncate = post, value = 0 }";
  private static final String OWN_LENGTH = "sequence { pad = none }";

  private final FedInput input;
  private final TensorShape row;

  ValueFits(FedInput input) {
    this.input = input;
    this.row = input.rowShape();
  }

  Optional<Fit> fit(DescribedColumn column) {
    if (Dtype.find(input.dtype()).flatMap(Dtype::fedAs).isEmpty() || !isOfKind(column)) {
      return Optional.empty();
    }
    if (!row.isRankKnown()) {
      return isTensor(column, row)
          ? Optional.of(
              Fit.doubtful(column, TENSOR, "the model does not say the shape that it takes"))
          : Optional.empty();
    }
    int rank = row.sizes().size();
    if (isSequence(column, rank)) {
      return sequence(column);
    }
    if (column.depth() == rank) {
      return nested(column);
    }
    return column.depth() == Math.min(1, rank - 1) ? flat(column) : Optional.empty();
  }

  private boolean isOfKind(DescribedColumn column) {
    if (input.dtype() == DataType.DT_STRING) {
      return column.kind() == Kind.TEXTS || column.kind() == Kind.BYTES;
    }
    return column.kind().isNumeric();
  }

  /** Steps of numbers, a number or an array each; tokens; not a flat vector of numbers. */
  private boolean isSequence(DescribedColumn column, int rank) {
    boolean isOfTexts = input.dtype() == DataType.DT_STRING;
    boolean isOpen = rank > 0 && row.sizes().get(0) == TensorShape.UNKNOWN;
    boolean isOfTokens = rank == 1 && column.depth() == 1 && (isOpen || isWhole());
    boolean isOfArrays = rank == 2 && column.depth() == 2;
    boolean isOfSingles = rank == 2 && column.depth() == 1 && row.sizes().get(1) == 1;
    return (isOpen || !isOfTexts) && (isOfTokens || isOfArrays || isOfSingles);
  }

  private boolean isWhole() {
    return Dtype.find(input.dtype()).filter(Dtype::isInteger).isPresent();
  }

  private Optional<Fit> sequence(DescribedColumn column) {
    boolean isOpen = row.sizes().get(0) == TensorShape.UNKNOWN;
    Padding pad = isOpen ? Padding.NONE : Padding.POST;
    SequenceSettings settings =
        new SequenceSettings(SequenceSettings.LENGTH_OF_MODEL, pad, Side.POST, 0);
    if (column.sample() instanceof List<?> steps && !steps.isEmpty()) {
      try {
        new SequenceConverter(input.dtype(), row, settings).convert(steps);
      } catch (BadRowException e) {
        return Optional.empty();
      }
    }
    if (isOpen) {
      return Optional.of(
          Fit.sure(
              column,
              OWN_LENGTH,
              List.of("the model takes any number of steps, so each row keeps its own")));
    }
    return Optional.of(
        Fit.sure(
                column,
                PADDED,
                List.of(
                    "the model takes %s steps: shorter rows get steps of 0 at their end, longer ones"
                            .formatted(row.sizes().get(0))
                        + " lose theirs; pooling does not count added steps"))
            .asking(
                "if rows differ in length: were they padded like this in training? pad_sequences of"
                    + " Keras does pad = pre, truncate = pre unless told otherwise"));
  }

  private Optional<Fit> nested(DescribedColumn column) {
    if (!isTensor(column, row)) {
      return Optional.empty();
    }
    String shape = row.sizes().isEmpty() ? "a single value" : "the shape " + row;
    return Optional.of(
        Fit.sure(column, TENSOR, List.of("the model takes %s a row".formatted(shape))));
  }

  /** A flat array, or a single number, of all values of a row. */
  private Optional<Fit> flat(DescribedColumn column) {
    boolean isAll = column.depth() > 0 || (row.isFullyKnown() && row.elementCount() == 1);
    if (!isAll || !row.isFullyKnown() || !isTensor(column, row)) {
      return Optional.empty();
    }
    String conversion = "tensor { shape = %s }".formatted(row.sizes());
    if (column.depth() == 1 && column.sample() == null) {
      return Optional.of(
          Fit.doubtful(
              column,
              conversion,
              "the first row has no value there, so that nothing tells how many values rows have"));
    }
    return Optional.of(
        Fit.sure(
            column,
            conversion,
            List.of(
                "%s values a row are the shape %s that the model takes, row by row"
                    .formatted(row.elementCount(), row))));
  }

  private boolean isTensor(DescribedColumn column, TensorShape shape) {
    if (column.sample() == null) {
      return true;
    }
    try {
      new TensorConverter(input.dtype(), shape).convert(column.sample());
      return true;
    } catch (BadRowException e) {
      return false;
    }
  }

  /** Columns of one number each that together are a row. */
  Optional<Fit> joined(List<DescribedColumn> columns) {
    boolean isVector = row.isFullyKnown() && row.sizes().size() == 1 && row.sizes().get(0) > 1;
    List<DescribedColumn> numbers =
        columns.stream()
            .filter(column -> column.depth() == 0 && column.kind().isNumeric())
            .toList();
    if (!isVector || input.dtype() == DataType.DT_STRING || numbers.size() < row.sizes().get(0)) {
      return Optional.empty();
    }
    return Optional.of(
        new Fit(
            numbers,
            "",
            TENSOR,
            false,
            List.of(),
            List.of(
                "which %s columns did the model take in training, in which order?"
                    .formatted(row.sizes().get(0)))));
  }
}
