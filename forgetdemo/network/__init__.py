"""The network and everything that follows its gradients: training, features, relearning."""
