/** TFRecord files: their records, and what an Example or a SequenceExample holds. */
package layertap.input.record;
