package layertap.extract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import layertap.failure.BadRowException;
import layertap.inference.SessionFactory;
import layertap.input.feed.LengthFeed;
import layertap.input.feed.PlannedFeed;
import layertap.input.value.FiniteValues;
import layertap.input.value.NamedFiles;
import layertap.input.value.SequenceConverter;
import layertap.input.value.ValueConverter;
import layertap.plan.ExtractionPlan;
import layertap.tensor.HostTensor;

/** Turns the values of rows into tensors. Thread-safe; owns native sessions until it is closed. */
final class RowConverter implements AutoCloseable {
  private final ExtractionPlan plan;
  private final List<ValueConverter> converters = new ArrayList<>();

  private RowConverter(ExtractionPlan plan) {
    this.plan = plan;
  }

  static RowConverter open(ExtractionPlan plan, SessionFactory sessions, NamedFiles namedFiles) {
    RowConverter converter = new RowConverter(plan);
    try {
      plan.feeds().forEach(feed -> converter.converters.add(feed.open(namedFiles, sessions)));
      return converter;
    } catch (Throwable e) {
      converter.close();
      throw e;
    }
  }

  /**
   * Converts a row.
   *
   * @param values of the feeds' columns, in the order of the plan
   * @param position of the row among others
   * @throws BadRowException if a value cannot be fed
   */
  ConvertedRow convert(Object[] values, int position) {
    long start = System.nanoTime();
    List<HostTensor> tensors = new ArrayList<>();
    List<Object> fed = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < plan.feeds().size(); i++) {
      PlannedFeed feed = plan.feeds().get(i);
      int end = next + feed.columns().size();
      try {
        fed.add(feed.conversion().join(feed.columns(), Arrays.asList(values).subList(next, end)));
        HostTensor tensor = converters.get(i).convert(fed.get(i));
        if (plan.refusesNonFinite()) {
          FiniteValues.require(tensor);
        }
        tensors.add(tensor);
      } catch (BadRowException e) {
        throw new BadRowException(feed.columnText() + ": " + e.getMessage(), e);
      }
      next = end;
    }
    for (LengthFeed length : plan.lengths()) {
      SequenceConverter converter = (SequenceConverter) converters.get(length.feed());
      tensors.add(converter.trueLength(fed.get(length.feed())));
    }
    return new ConvertedRow(position, tensors, System.nanoTime() - start);
  }

  @Override
  public void close() {
    converters.forEach(ValueConverter::close);
  }

  /** A row that is tensors already: sequences that were not padded are as long as they are. */
  static List<HostTensor> withFullLengths(ExtractionPlan plan, List<HostTensor> row) {
    List<HostTensor> tensors = new ArrayList<>(row);
    plan.lengths()
        .forEach(
            length -> tensors.add(SequenceConverter.length(row.get(length.feed()).shape()[0])));
    return tensors;
  }
}
