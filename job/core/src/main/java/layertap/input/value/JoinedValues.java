package layertap.input.value;

import java.util.ArrayList;
import java.util.List;
import layertap.failure.BadRowException;

/** Joins the values of several columns into one that is fed. */
public final class JoinedValues {
  private JoinedValues() {}

  /**
   * Arrays of steps, joined step by step: three columns of T numbers give T steps of three.
   *
   * @throws BadRowException if one is null or no array, or they differ in length
   */
  public static List<Object> stepwise(List<String> columns, List<?> values) {
    List<List<?>> sequences = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      if (!(values.get(i) instanceof List<?> sequence)) {
        throw BadRowException.unusable(
            values.get(i), columns.get(i) + " is null", columns.get(i) + " is no array");
      }
      if (!sequences.isEmpty() && sequence.size() != sequences.get(0).size()) {
        throw new BadRowException(
            columns.get(i)
                + " has "
                + sequence.size()
                + " steps, "
                + columns.get(0)
                + " has "
                + sequences.get(0).size());
      }
      sequences.add(sequence);
    }
    List<Object> steps = new ArrayList<>();
    for (int step = 0; step < sequences.get(0).size(); step++) {
      List<Object> joined = new ArrayList<>();
      for (List<?> sequence : sequences) {
        append(sequence.get(step), joined);
      }
      steps.add(joined);
    }
    return steps;
  }

  /**
   * Numbers and flat arrays, one after the other.
   *
   * @throws BadRowException if one is null
   */
  public static List<Object> endToEnd(List<String> columns, List<?> values) {
    List<Object> joined = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      if (values.get(i) == null) {
        throw BadRowException.ofNull(columns.get(i) + " is null");
      }
      append(values.get(i), joined);
    }
    return joined;
  }

  private static void append(Object value, List<Object> joined) {
    if (value instanceof List<?> list) {
      joined.addAll(list);
    } else {
      joined.add(value);
    }
  }
}
