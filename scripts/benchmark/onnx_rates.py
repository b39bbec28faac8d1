"""How fast rows of numbers go through a model in ONNX Runtime: CALLERS SECONDS ROWS MODEL FEATURES; see
SessionRates.scala, which is asked in the same way. A line is the rows in a batch."""

import sys
import threading
import time

import numpy as np
import onnxruntime


def main():
    callers, seconds, rows, model, features = int(sys.argv[1]), float(sys.argv[2]), *sys.argv[3:6]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    entrance = session.get_inputs()[0]
    numbers = np.fromfile(rows, np.float32).reshape(-1, *entrance.shape[1:])
    found = [session.run(None, {entrance.name: numbers[i : i + 8]})[0] for i in range(0, len(numbers), 8)]
    np.concatenate(found).astype(np.float32).tofile(features)

    def rate(batch):
        fed = {entrance.name: np.resize(numbers, (batch, *numbers.shape[1:]))}
        rates = []
        end = time.monotonic() + seconds

        def call():
            start, count = time.monotonic(), 0
            while time.monotonic() < end:
                session.run(None, fed)
                count += batch
            rates.append(count / (time.monotonic() - start))

        threads = [threading.Thread(target=call) for _ in range(callers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(rates)

    print("ready", flush=True)
    for line in sys.stdin:
        print(rate(int(line)), flush=True)


if __name__ == "__main__":
    main()
