module landfall.dev/lab/csi-driver

go 1.26

require (
	github.com/container-storage-interface/spec v1.12.0
	k8s.io/kubelet v0.34.4
)
